#!/bin/sh
# What only the tests need from the system. Installed where that is possible; otherwise check.sh reports it by name.
set -eu
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests."
    log=.venv/step.log
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium; } \
        >"$log" 2>&1 || { tail -n 5 "$log" >&2; echo "Chromium could not be installed with apt-get." >&2; }
fi
