"""Gives texts their vectors, by the rules of the OpenAI embeddings API."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.proxy.domain.deployments import EXTERNAL, LOCAL, Deployment
from banyan.proxy.domain.model_name import choices, find_route
from banyan.proxy.ports.embedder import Embedder, Input

EncodingFormat = Literal["float", "base64"]

MAX_INPUTS = 2048
"""At most so many texts in one request, as with OpenAI."""

_MAX_URGENT_INPUTS = 4  # a question, or one in a few phrasings; whoever sends more is indexing


class EmbeddingModels:
    """The embedders that can be asked for by name.

    own: by every name that they go by; the first is used where a request names none.
    upstream: by prefix, what gives the embedder for the NAME of `prefix/NAME`. zones: by prefix, where the data goes.
    """

    def __init__(
        self,
        own: Mapping[str, Embedder],
        upstream: Mapping[str, Callable[[str], Embedder]] | None = None,
        zones: Mapping[str, str] | None = None,
    ) -> None:
        self._own = dict(own)
        self._upstream = dict(upstream or {})
        self._zones = dict(zones or {})

    @property
    def own(self) -> Mapping[str, Embedder]:
        """Those of this service, by every name."""
        return self._own

    @property
    def default(self) -> str:
        """The name of the model that answers where none is named."""
        return next(iter(self._own))

    def check_zone(self, model: str | None, zone: str) -> None:
        """Raises: NotAllowed where the model is in another data zone."""
        route = None if model is None or model in self._own else find_route(model, self._upstream)
        found = LOCAL if route is None else self._zones.get(route.provider, EXTERNAL)
        if found != zone:
            raise NotAllowed(
                f"The texts are to stay in the zone {zone!r}, and the model is in {found!r}; choose another model.",
                code="zone_not_allowed",
                param="model",
            )

    def find(self, model: str) -> Embedder:
        """Raises: NotFound, naming what there is to choose from."""
        if model in self._own:
            return self._own[model]
        route = find_route(model, self._upstream)
        if route is None:
            raise NotFound(
                f"There is no embedding model {model[:100]!r} here; use one of {self._choices()}.",
                code="model_not_found",
                param="model",
            )
        return self._upstream[route.provider](route.model)

    def deployment(self, model: str) -> Deployment:
        """What prices, budgets and ledger know the model by. Raises: NotFound."""
        if model in self._own:
            return Deployment(model, "banyan", self._own[model].name, zone=LOCAL)
        route = find_route(model, self._upstream)
        if route is None:
            self.find(model)
            raise AssertionError(model)
        return Deployment(model, route.provider, route.model, zone=self._zones.get(route.provider, EXTERNAL))

    def _choices(self) -> str:
        return ", ".join([*self._own, *([choices(self._upstream)] if self._upstream else [])])


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """What a caller sent.

    input: a string, a list of strings, a list of token ids, or a list of such lists; looked at by `embed`.
    dimensions: vectors are cut to so many numbers, and are of unit length again.
    """

    input: object
    model: str | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """model: as it was asked for. vectors: a row per input, in their order. tokens: how many they have in all.

    spared: those of them that were known already, and are not charged.
    """

    model: str
    vectors: NDArray[np.float32]
    tokens: int
    spared: int = 0

    def encoded(self, encoding: EncodingFormat) -> Sequence[list[float] | str]:
        """The vectors for JSON: lists of numbers, or base64 of little-endian 32-bit floats."""
        if encoding == "float":
            rows: list[list[float]] = self.vectors.tolist()
            return rows
        return [base64.b64encode(row.astype("<f4").tobytes()).decode("ascii") for row in self.vectors]


async def embed(request: EmbedRequest, models: EmbeddingModels) -> EmbedResult:
    """One vector per input.

    Raises: InvalidInput, naming the bound; NotFound for an unknown model; Unavailable, UpstreamFailed,
        RateLimited or DeadlineExceeded from the embedder.
    """
    model = models.default if request.model is None else request.model
    embedder = models.find(model)
    inputs = _inputs(request.input)
    if request.dimensions is not None and request.dimensions < 1:
        raise InvalidInput("`dimensions` must be at least 1; send a larger number or leave it out.", param="dimensions")
    if embedder.dimensions is not None:
        _check_dimensions(request.dimensions, embedder.dimensions, model)
    found = await embedder.embed(inputs, urgent=len(inputs) <= _MAX_URGENT_INPUTS)
    _check_dimensions(request.dimensions, found.vectors.shape[1], model)
    return EmbedResult(model, _cut(found.vectors, request.dimensions), found.tokens, found.spared)


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


def _check_dimensions(wanted: int | None, most: int, model: str) -> None:
    if wanted is not None and wanted > most:
        raise InvalidInput(
            f"{model[:100]} has {most} dimensions and `dimensions` is {wanted}; send {most} or less.",
            param="dimensions",
        )


def _cut(vectors: NDArray[np.float32], dimensions: int | None) -> NDArray[np.float32]:
    if dimensions is None or dimensions == vectors.shape[1]:
        return vectors
    cut = vectors[:, :dimensions]
    lengths = np.linalg.norm(cut, axis=1, keepdims=True)
    return np.asarray(cut / np.where(lengths > 0, lengths, 1), dtype=np.float32)
