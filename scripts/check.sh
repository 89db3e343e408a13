#!/bin/sh
# Everything that CI checks, cheapest first; stops at the first failure.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
lint-imports --no-logo 2>/dev/null || lint-imports
pytest
