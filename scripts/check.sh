#!/bin/sh
# Everything that CI checks, cheapest first; stops at the first failure, and says at the end what was not tested.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
missing=""

summary() {
    code=$?
    if [ -n "$missing" ]; then
        printf '\nNot tested:\n%s' "$missing"
    elif [ "$code" = 0 ]; then
        printf '\nNothing was left out.\n'
    fi
}
trap summary EXIT

not_tested() {
    missing="$missing  - $1
"
}

command -v chromium >/dev/null || not_tested "browser tests (Chromium is missing)"
command -v redis-server >/dev/null || not_tested "Redis (redis-server is missing)"
python tests/support/private_servers.py || not_tested "PostgreSQL (postgres and initdb are missing)"
python tests/support/private_servers.py vector || not_tested "pgvector (no PostgreSQL with the extension)"
command -v npm >/dev/null || not_tested "the web page's own tests and build, and the TypeScript client (npm is missing)"
[ -e .venv/llama/.installed ] || not_tested "models in this process (llama.cpp could not be built; see setup-test.sh)"

ruff check .
ruff format --check .
mypy
lint-imports --no-logo
if command -v npm >/dev/null && [ -e clients/vue/package.json ]; then
    if [ -d clients/vue/node_modules ]; then
        (cd clients/vue && npm run --silent typecheck && npm run --silent test)
    else
        not_tested "the web page's own tests (npm ci failed)"
    fi
fi
if command -v npm >/dev/null; then
    if [ -d clients/typescript/node_modules ]; then
        (cd clients/typescript && npm run --silent typecheck && npm run --silent test)
    else
        not_tested "the TypeScript client (npm ci failed)"
    fi
fi
# One worker more than there are processors, up to five, since many tests wait for servers; each has servers of its own,
# and who is done first takes from the others.
pytest -rs --durations=20 -n "$(($(getconf _NPROCESSORS_ONLN) + 1))" --maxprocesses 5 --dist worksteal
