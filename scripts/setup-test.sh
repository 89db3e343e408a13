#!/bin/sh
# What only the tests need from the system. Installed where that is possible; otherwise check.sh reports it by name.
set -eu
cd "$(dirname "$0")/.."

wanted=""
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v redis-server >/dev/null || wanted="$wanted redis-server"
# PostgreSQL comes with the locked packages, pgvector included; the system's own is needed where those do not run.
.venv/bin/python tests/support/private_servers.py || wanted="$wanted postgresql"

if [ -n "$wanted" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$wanted."
    log=.venv/step.log
    apt-get update -q >"$log" 2>&1 || true
    for package in $wanted; do
        DEBIAN_FRONTEND=noninteractive \
            apt-get install -qy --no-install-recommends "$package" >"$log" 2>&1 || {
            tail -n 5 "$log" >&2
            echo "$package could not be installed with apt-get." >&2
        }
    done
fi

# llama.cpp comes as source. Without optimisation, which a model of a test does not need, two processors take about two
# minutes, once on a machine. It is kept apart from what is locked, so that it never answers users; as settings of the
# build (not variables) the flags also keep it apart in uv's cache.
wanted=$(cksum <requirements-llama.lock)
if [ "$wanted" != "$(cat .venv/llama/.installed 2>/dev/null)" ] && command -v c++ >/dev/null; then
    echo "Building llama.cpp for the tests; the first time takes a few minutes."
    log=.venv/step.log
    flags="-DLLAVA_BUILD=OFF;-DMTMD_BUILD=OFF;-DGGML_NATIVE=OFF;-DGGML_OPENMP=OFF"
    flags="$flags;-DCMAKE_C_FLAGS_RELEASE=-O0;-DCMAKE_CXX_FLAGS_RELEASE=-O0"
    rm -rf .venv/llama
    if UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" .venv/uv/bin/uv pip install --python .venv/bin/python \
        --target .venv/llama --no-deps --require-hashes --config-setting "cmake.args=$flags" \
        -r requirements-llama.lock >"$log" 2>&1; then
        echo "$wanted" >.venv/llama/.installed
    else
        tail -n 5 "$log" >&2
        echo "llama.cpp could not be built." >&2
    fi
fi

# Installs what a folder's lock names, unless it is there. Then: what is not tested where that fails.
node_packages() {
    locked=$(cksum <"$1/package-lock.json")
    [ "$locked" != "$(cat "$1/node_modules/.installed-from" 2>/dev/null)" ] || return 0
    echo "Installing the Node packages of $1 for the tests."
    if (cd "$1" && npm ci --no-audit --no-fund) >.venv/step.log 2>&1; then
        echo "$locked" >"$1/node_modules/.installed-from"
    else
        tail -n 5 .venv/step.log >&2
        rm -rf "$1/node_modules"
        echo "npm could not install them; $2 is not tested." >&2
    fi
}

if command -v npm >/dev/null; then
    node_packages tests/sdk/node "OpenAI's Node client"
    node_packages clients/typescript "the TypeScript client"
fi
