#!/bin/sh
# Every benchmark, one after the other. Arguments go to all: those that read a course know `--data FOLDER`, the
# gateway's knows `--peers`.
set -eu
cd "$(dirname "$0")/.."
for name in serve embedding retrieval tutor content turn gateway streams soak; do
    [ -e "bench/$name.py" ] || { echo "bench/$name.py is missing" >&2; exit 1; }
    printf '\n== %s\n' "$name"
    .venv/bin/python "bench/$name.py" "$@"
done
if [ -d clients/typescript/node_modules ]; then
    printf '\n== sdk\n'
    node bench/sdk.mjs
fi
