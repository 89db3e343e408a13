"""GGUF files in a folder, and the little that has to be known of one before it is loaded."""

import re
import struct
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")
"""Of a model in several files, llama.cpp is given the first and finds the others."""
_EYES = re.compile(r"^mmproj", re.I)
"""The part of a model that sees; no model of its own."""

_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_LONGEST_KEY = 65_535


def find_models(folder: Path) -> dict[str, Path]:
    """The models below a folder by name: the path within it, without `.gguf`."""
    found = {path.relative_to(folder).with_suffix("").as_posix(): path for path in folder.rglob("*.gguf")}
    return {
        name: path
        for name, path in sorted(found.items())
        if path.is_file() and not _LATER_PART.search(name) and not _EYES.search(path.name)
    }


def trained_context(path: Path) -> int | None:
    """The context length in a file's header; None where it is missing or the file is broken.

    Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    try:
        with path.open("rb") as file:
            return _context_in(file)
    except (OSError, ValueError, struct.error):
        return None


def _context_in(file: BinaryIO) -> int | None:
    """Reads up to the vocabulary, which stands behind the facts and is large."""
    if file.read(4) != b"GGUF":
        return None
    _version, _tensors, count = struct.unpack("<IQQ", file.read(20))
    for _ in range(count):
        key = _text(file)
        if key.startswith("tokenizer."):
            return None
        value = _value(file, _number(file, "<I"))
        if key.endswith(".context_length") and isinstance(value, int):
            return value
    return None


def _value(file: BinaryIO, kind: int) -> object:
    """A number, or None for anything else, which is left out."""
    if kind not in (_STRING, _ARRAY):
        return _number(file, _format(kind))
    inner, length = (_STRING, 1) if kind == _STRING else (_number(file, "<I"), _number(file, "<Q"))
    if inner != _STRING:
        file.seek(length * struct.calcsize(_format(inner)), SEEK_CUR)
        return None
    for _ in range(length):
        file.seek(_number(file, "<Q"), SEEK_CUR)
    return None


def _format(kind: int) -> str:
    if kind not in _NUMBERS:
        raise ValueError(f"GGUF has no type {kind}.")
    return _NUMBERS[kind]


def _number(file: BinaryIO, format: str) -> int:
    (number,) = struct.unpack(format, file.read(struct.calcsize(format)))
    return number  # type: ignore[no-any-return]


def _text(file: BinaryIO) -> str:
    length = _number(file, "<Q")
    if length > _LONGEST_KEY:
        raise ValueError("A key in the GGUF header is too long.")
    return file.read(length).decode("utf-8", "replace")
