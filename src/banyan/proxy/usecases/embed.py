"""Gives texts their vectors, by the rules of the OpenAI embeddings API."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from banyan.kernel.errors import InvalidInput
from banyan.proxy.ports.embedder import Embedder, Embedding, Input

EncodingFormat = Literal["float", "base64"]

MAX_INPUTS = 2048
"""At most so many texts in one request, as with OpenAI."""

_MAX_URGENT_INPUTS = 4  # a question, or one in a few phrasings; whoever sends more is indexing


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """What a caller sent.

    input: a string, a list of strings, a list of token ids, or a list of such lists; looked at by `Embed`.
    dimensions: vectors are cut to so many numbers, and are of unit length again.
    """

    input: object
    model: str | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """model: as it was asked for. vectors: a row per input, in their order. tokens: how many they have in all."""

    model: str
    vectors: NDArray[np.float32]
    tokens: int

    def encoded(self, encoding: EncodingFormat) -> Sequence[list[float] | str]:
        """The vectors for JSON: lists of numbers, or base64 of little-endian 32-bit floats."""
        if encoding == "float":
            rows: list[list[float]] = self.vectors.tolist()
            return rows
        return [base64.b64encode(row.astype("<f4").tobytes()).decode("ascii") for row in self.vectors]


class Embed:
    """One request: looked at before anybody is asked, and made into a result afterwards.

    Raises: InvalidInput, naming the bound.
    """

    def __init__(self, request: EmbedRequest) -> None:
        if request.dimensions is not None and request.dimensions < 1:
            raise InvalidInput(
                "`dimensions` must be at least 1; send a larger number or leave it out.", param="dimensions"
            )
        self.inputs = _inputs(request.input)
        self._dimensions = request.dimensions
        self._model = request.model or ""

    def check(self, most: int | None) -> None:
        """most: numbers in a vector, None where nobody knows yet. Raises: InvalidInput where more are asked for."""
        wanted = self._dimensions
        if most is not None and wanted is not None and wanted > most:
            raise InvalidInput(
                f"{self._model[:100]} has {most} dimensions and `dimensions` is {wanted}; send {most} or less.",
                param="dimensions",
            )

    async def ask(self, embedder: Embedder) -> Embedding:
        """Raises: as `Embedder.embed`."""
        return await embedder.embed(self.inputs, urgent=len(self.inputs) <= _MAX_URGENT_INPUTS)

    def result(self, found: Embedding) -> EmbedResult:
        """Cut to what was asked for. Raises: InvalidInput where that is more than there is."""
        self.check(found.vectors.shape[1])
        return EmbedResult(self._model, _cut(found.vectors, self._dimensions), found.tokens)


def _inputs(value: object) -> list[Input]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise InvalidInput(
            "`input` must be a string or a list that is not empty; send at least one text.", param="input"
        )
    if _is_tokens(value):
        return [tuple(value)]
    if len(value) > MAX_INPUTS:
        raise InvalidInput(
            f"`input` has {len(value)} entries and the most is {MAX_INPUTS}; send them in several requests.",
            param="input",
        )
    if all(isinstance(entry, str) for entry in value):
        return list(value)
    if all(isinstance(entry, list) and entry and _is_tokens(entry) for entry in value):
        return [tuple(entry) for entry in value]
    raise InvalidInput(
        "`input` must hold strings only, token ids only, or lists of token ids only; send one kind.", param="input"
    )


def _is_tokens(values: list[object]) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _cut(vectors: NDArray[np.float32], dimensions: int | None) -> NDArray[np.float32]:
    if dimensions is None or dimensions == vectors.shape[1]:
        return vectors
    cut = vectors[:, :dimensions]
    lengths = np.linalg.norm(cut, axis=1, keepdims=True)
    return np.asarray(cut / np.where(lengths > 0, lengths, 1), dtype=np.float32)
