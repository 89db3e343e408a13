"""Builds the ONNX model of all-MiniLM-L6-v2 from its pinned weights. The only module that needs `onnx`.

    python -m banyan.adapters.embedders.minilm_build FOLDER [--precision fp32]

The graph takes the token ids of one text and gives its unit vector. One text a run needs neither
padding nor a mask, gives a text the same vector whatever else is embedded at the time (int8 scales its
activations by the whole input), and is the fastest on a CPU: larger batches fall out of the cache.

Some choices follow measurements with ONNX Runtime 1.32 on a CPU:
- weights in int8 per column; per tensor costs far more precision;
- `LayerNormalization` after a plain `Add`: `SkipLayerNormalization` takes six times as long;
- `QAttention` for queries, keys and values at once rather than three products.
"""

import argparse
import fcntl
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from banyan.adapters.embedders.minilm_files import (
    WEIGHTS_SHA256,
    Precision,
    checked_file,
    digest_file,
    installed_weights,
    is_intact,
    missing,
    model_file,
)
from banyan.kernel.errors import BanyanError

_LAYERS = 6
_HEADS = 12
_WIDTH = 384
_MAX_TOKENS = 256
_EPSILON = 1e-12
_LEVELS = 90
"""Weights run from -90 to 90. CPUs without VNNI add pairs of products in 16 bits; with the whole range of 127 some of
those sums are cut (cosine down to 0.981), with 90 none is, and precision elsewhere is the same."""
_FUSED = "com.microsoft"

Array = NDArray[np.generic]
Weights = dict[str, NDArray[np.float32]]


def read_safetensors(path: Path) -> Weights:
    """The float tensors of a safetensors file: 8 bytes of header length, a JSON header, raw little-endian data."""
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    header_end = 8 + int.from_bytes(raw[:8].tobytes(), "little")
    tensors: Weights = {}
    for name, entry in json.loads(raw[8:header_end].tobytes()).items():
        if entry.get("dtype") == "F32":
            start, end = (header_end + offset for offset in entry["data_offsets"])
            tensors[name] = raw[start:end].view("<f4").reshape(entry["shape"])
    return tensors


def per_column_int8(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix as int8 and one scale per column; zero stays zero."""
    scale = (np.abs(weight).max(axis=0) / _LEVELS).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


class _Graph:
    """Collects the nodes of a graph; every method gives the name of what it adds."""

    def __init__(self, weights: Weights, precision: Precision) -> None:
        self._weights = weights
        self._precision = precision
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: Array) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        return self.nodes(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def nodes(self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any) -> tuple[str, ...]:
        names = tuple(f"value_{len(self._nodes)}_{output}" for output in range(outputs))
        self._nodes.append(helper.make_node(operator, inputs, names, domain=domain, **attributes))
        return names

    def embeddings(self, tokens: str) -> str:
        """Word, position and (always the first) type embeddings, normalised."""
        # Half precision changes no vector by more than rounding and halves the largest table.
        words = self.constant(self._weights["embeddings.word_embeddings.weight"].astype(np.float16))
        word = self.node("Cast", self.node("Gather", words, tokens), to=TensorProto.FLOAT)
        positions = self._weights["embeddings.position_embeddings.weight"][:_MAX_TOKENS]
        table = self.constant(positions + self._weights["embeddings.token_type_embeddings.weight"][0])
        first, axis = self.constant(np.array([0])), self.constant(np.array([0]))
        position = self.node("Slice", table, first, self.node("Shape", tokens, start=1), axis)
        return self.add_and_normalise(word, position, "embeddings.LayerNorm")

    def add_and_normalise(self, left: str, right: str, name: str) -> str:
        scale, bias = (self.constant(self._weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", self.node("Add", left, right), scale, bias, epsilon=_EPSILON)

    def attention(self, value: str, name: str) -> str:
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"] for part in parts]).T
        bias = self.constant(np.concatenate([self._weights[f"{part}.bias"] for part in parts]))
        if self._precision == "fp32":
            return self.node("Attention", value, self.constant(weight), bias, domain=_FUSED, num_heads=_HEADS)
        quantised, scale, zero = self.nodes("DynamicQuantizeLinear", value, outputs=3)
        columns, column_scales, column_zeros = self._columns(weight)
        inputs = (quantised, columns, bias, scale, column_scales, "", zero, column_zeros)
        return self.node("QAttention", *inputs, domain=_FUSED, num_heads=_HEADS)

    def linear(self, value: str, name: str) -> str:
        weight = self._weights[f"{name}.weight"].T
        bias = self.constant(self._weights[f"{name}.bias"])
        if self._precision == "fp32":
            return self.node("Add", self.node("MatMul", value, self.constant(weight)), bias)
        return self.node("DynamicQuantizeMatMul", value, *self._columns(weight), bias, domain=_FUSED)

    def layer(self, value: str, name: str) -> str:
        """One transformer layer."""
        attended = self.linear(self.attention(value, f"{name}.attention.self"), f"{name}.attention.output.dense")
        value = self.add_and_normalise(attended, value, f"{name}.attention.output.LayerNorm")
        inner = self.node("Gelu", self.linear(value, f"{name}.intermediate.dense"), domain=_FUSED)
        return self.add_and_normalise(self.linear(inner, f"{name}.output.dense"), value, f"{name}.output.LayerNorm")

    def model(self) -> onnx.ModelProto:
        """Token ids [1, tokens] to a unit vector [1, width]."""
        value = self.embeddings("tokens")
        for layer in range(_LAYERS):
            value = self.layer(value, f"encoder.layer.{layer}")
        mean = self.node("ReduceMean", value, self.constant(np.array([1])), keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=1, p=2))
        tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "count"])
        vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, _WIDTH])
        graph = helper.make_graph(self._nodes, "all-MiniLM-L6-v2", [tokens], [vector], self._constants)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9)

    def _columns(self, weight: NDArray[np.float32]) -> tuple[str, str, str]:
        values, scale = per_column_int8(weight)
        return self.constant(values), self.constant(scale), self.constant(np.zeros_like(scale, dtype=np.int8))


def build(folder: Path, precision: Precision, weights: Path) -> Path:
    """Writes the model unless it is there; safe beside other builders and against being killed midway.

    Raises: Unavailable.
    """
    target = model_file(folder, precision)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "build.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_intact(target):
                tensors = read_safetensors(checked_file(weights / "model.safetensors", WEIGHTS_SHA256))
                _write(_Graph(tensors, precision).model().SerializeToString(), target)
    except OSError as error:
        raise missing(
            f"The embedding model cannot be written to {folder} ({error.strerror}); "
            "make the folder writable or name another one."
        ) from error
    return target


def _write(model: bytes, target: Path) -> None:
    part = target.with_suffix(".part")  # one name: the lock is held, and a leftover of a killed builder is replaced
    with part.open("wb") as file:
        file.write(model)
        file.flush()
        os.fsync(file.fileno())
    digest_file(target).write_text(hashlib.sha256(model).hexdigest(), encoding="ascii")
    part.replace(target)


def main() -> int:
    """Entry point of `python -m`; the last line on stderr says what went wrong."""
    parser = argparse.ArgumentParser(description="Build the embedding model from its installed weights.")
    parser.add_argument("folder", type=Path, help="where the built model is kept")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors; default: the installed package")
    options = parser.parse_args()
    try:
        build(options.folder, options.precision, options.weights or installed_weights())
    except BanyanError as error:
        print(error.message, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
