#!/bin/sh
# Builds the embedding model from its pinned weights, once; serving then needs neither the weights nor `onnx`.
set -eu
cd "$(dirname "$0")/.."
builder=src/banyan/adapters/embedders
models=.venv/share/banyan/models

wanted=$(cat "$builder"/minilm_*.py | cksum)
[ "$wanted" = "$(cat "$models/.built-from" 2>/dev/null)" ] && exit 0

echo "Building the embedding model."
mkdir -p "$models"
if .venv/bin/python -m banyan.adapters.embedders.minilm_build "$PWD/$models" >.venv/step.log 2>&1; then
    echo "$wanted" >"$models/.built-from"
else
    cat .venv/step.log >&2
    echo "The embedding model is not built; search works by words alone until make setup succeeds." >&2
fi
