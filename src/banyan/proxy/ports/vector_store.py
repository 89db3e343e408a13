"""The port to the engine that ranks chunks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.knowledge import Scope, SearchMode, Vector


@dataclass(frozen=True, slots=True)
class TextPoint:
    """A chunk for text search. scope: fully given, down to lesson and source. id: a UUID."""

    id: str
    scope: Scope
    text: str


@dataclass(frozen=True, slots=True)
class PointVectors:
    """A chunk's vectors. sentences: shape (sentences, dimensions), row i for the chunk's i-th sentence."""

    id: str
    dense: Vector
    sentences: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A found point. dense_score: cosine with the question, where both have vectors and the mode is not text."""

    id: str
    score: float
    dense_score: float | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """The ids of all points, and of those that have vectors."""

    points: frozenset[str]
    embedded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Only:
    """Narrows a search down within its scope: to whole sources, to single points, or to points of both kinds at once.

    sources: pairs of lesson and source. ids: of points. None means no limit of that kind; both given: both must hold.
    """

    sources: frozenset[tuple[str, str]] | None = None
    ids: frozenset[str] | None = None

    @property
    def admits_nothing(self) -> bool:
        """Whether a search can be spared."""
        return any(limit is not None and not limit for limit in (self.sources, self.ids))


@dataclass(frozen=True, slots=True)
class FastStage:
    """How wide the first look is before candidates are compared in full.

    hnsw_ef: how many neighbours a graph index keeps in view; without meaning where all vectors are compared.
    candidates: how many each view (words, meaning) brings up, if `limit` is not greater.
    """

    hnsw_ef: int
    candidates: int


class VectorStore(Protocol):
    """Ranks points within a scope; the filter runs inside the engine. Holds no text that must be kept: SQL does."""

    async def upsert_texts(self, points: Sequence[TextPoint]) -> None:
        """Adds or replaces points without vectors; found by text search, and safe from a crash, once it returns."""
        ...

    async def set_vectors(self, vectors: Sequence[PointVectors]) -> None:
        """Adds vectors to points that exist; ids that are gone are ignored."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Removes points; unknown ids are ignored."""
        ...

    async def delete_scope(self, scope: Scope) -> None:
        """Removes every point of the scope."""
        ...

    async def search(
        self,
        scope: Scope,
        *,
        text: str | None,
        vector: Vector | None,
        mode: SearchMode,
        limit: int,
        only: Only | None = None,
        fast: FastStage | None = None,
    ) -> list[Hit]:
        """Up to `limit` hits of the scope, best first; ties by id, so that equal searches agree.

        mode: `text` needs `text`, `dense` needs `vector`, `hybrid` uses what is given, joined by `domain/ranking.py`.
        only: part of the filter, so that `limit` is filled from what it admits; word weights stay those of the course.
        fast: the store's own depth where None. Whatever it brings up in hybrid mode is then compared exactly.
        """
        ...

    async def vectors(self, ids: Sequence[str]) -> dict[str, PointVectors]:
        """The stored vectors of those ids that have any."""
        ...

    async def inventory(self) -> Inventory:
        """Everything that is stored, for comparison with SQL after a start."""
        ...

    async def count(self, scope: Scope) -> int:
        """How many points the scope holds."""
        ...

    async def close(self) -> None:
        """Flushes and releases the store."""
        ...


@dataclass(frozen=True, slots=True)
class StoreNeeds:
    """Where a store keeps its points. folder: for one within this process. url, key: for one on a server."""

    folder: Path
    url: str = field(default="", repr=False)
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VectorStoreEntry:
    """A vector store's line in the catalogue.

    open: opens what is there, or begins it; vectors of another length than `dimensions` are thrown away,
        points included, since SQL can give them again. Raises Unavailable.
    shared: whether several processes may have it open at once.
    """

    name: str
    summary: str
    open: Callable[[StoreNeeds, int], Awaitable[VectorStore]]
    shared: bool = True
