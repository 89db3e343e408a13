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
