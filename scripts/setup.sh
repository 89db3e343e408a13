#!/bin/sh
# Brings a fresh clone to the point where `banyan` runs. Safe to call again: what is there already is left alone.
set -eu
cd "$(dirname "$0")/.."
python="${1:-python3}"
uv=.venv/uv/bin/uv

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Banyan needs Python 3.11 or newer; call make with PYTHON=/path/to/python3.11." >&2
    exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
[ -x "$uv" ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --target .venv/uv "uv>=0.9"

installed=.venv/installed.lock
if ! cmp -s requirements.lock "$installed"; then
    "$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --editable .
    cp requirements.lock "$installed"
fi
