#!/bin/sh
# Builds the web page of clients/vue where npm is there and a source changed.
set -eu
cd "$(dirname "$0")/.."
sources=clients/vue
page=src/banyan/edge/http/web
[ -e "$sources/package.json" ] || exit 0

wanted=$(find "$sources" -type f -not -path '*/node_modules/*' -not -path '*/coverage/*' | LC_ALL=C sort | xargs cksum | cksum)
[ -e "$page/index.html" ] && [ "$wanted" = "$(cat "$page/.built-from" 2>/dev/null)" ] && exit 0

if ! command -v npm >/dev/null; then
    echo "The web page is not built: npm is missing. Install Node.js 20 or newer and run make setup again." >&2
    exit 0
fi

echo "Building the web page."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
locked=$(cksum <"$sources/package-lock.json")
if [ "$locked" != "$(cat "$sources/node_modules/.installed-from" 2>/dev/null)" ]; then
    (cd "$sources" && npm ci --no-audit --no-fund) >"$log" 2>&1 || {
        cat "$log" >&2
        echo "The web page is not built: npm ci failed, see above. Everything else works." >&2
        exit 0
    }
    echo "$locked" >"$sources/node_modules/.installed-from"
fi
(cd "$sources" && npm run build) >"$log" 2>&1 || {
    cat "$log" >&2
    echo "The web page could not be built; see above." >&2
    exit 1
}
echo "$wanted" >"$page/.built-from"
