#!/bin/sh
# Brings a fresh clone to the point where `banyan` runs. Says nothing and takes no time when all is there already.
set -eu
cd "$(dirname "$0")/.."
python="${1:-python3}"
uv=.venv/uv/bin/uv

# Runs a step and shows what it printed only if it failed: package tools warn about things that nobody can act on.
quietly() {
    log=.venv/step.log
    "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}

# Package tools keep what they download below HOME; where that cannot be written they keep it in the clone.
if [ ! -w "${HOME:-/nonexistent}" ]; then
    export HOME="$PWD/.venv/home"
    mkdir -p "$HOME"
fi

# Schools and companies add their own certificates to the system's; uv would only know its own.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
fi

command -v "$python" >/dev/null || {
    echo "Banyan needs Python 3.11 or newer, and $python is not there; call make with PYTHON=/path/to/python3.11." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Banyan needs Python 3.11 or newer; call make with PYTHON=/path/to/python3.11." >&2
    exit 1
}

if [ ! -x "$uv" ]; then
    echo "Setting up in .venv; the first time takes a minute or two."
    mkdir -p .venv
    quietly "$python" -m venv .venv || {
        echo "The virtual environment could not be made; on Debian install python3-venv, then run make again." >&2
        exit 1
    }
    quietly .venv/bin/python -m pip install --disable-pip-version-check --target .venv/uv "uv>=0.9" || {
        echo "uv could not be installed; check that pip reaches a package index, then run make again." >&2
        exit 1
    }
fi

wanted=$(cat requirements.lock pyproject.toml | cksum)
if [ "$wanted" != "$(cat .venv/.installed 2>/dev/null)" ]; then
    quietly "$uv" pip sync --python .venv/bin/python --require-hashes requirements.lock || {
        echo "The locked packages could not be installed; see above, then run make again." >&2
        exit 1
    }
    quietly "$uv" pip install --python .venv/bin/python --no-deps --no-build-isolation --editable .
    # Python compiles a module when it is first imported; doing it here takes a few seconds off the first start.
    quietly .venv/bin/python -c "import banyan.app.reference, banyan.app.serve, banyan.app.wiring, alembic.command"
    echo "$wanted" >.venv/.installed
fi

sh scripts/build-web.sh
sh scripts/build-model.sh
