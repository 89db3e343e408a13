#!/bin/sh
# Every benchmark, one after the other. Arguments (such as `--data FOLDER`) go to those that read a course.
set -eu
cd "$(dirname "$0")/.."
for name in serve embedding retrieval tutor turn gateway; do
    [ -e "bench/$name.py" ] || { echo "bench/$name.py is missing" >&2; exit 1; }
    printf '\n== %s\n' "$name"
    .venv/bin/python "bench/$name.py" "$@"
done
