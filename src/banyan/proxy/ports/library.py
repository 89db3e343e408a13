"""The port to the store of lesson texts, their chunks and the runs that indexed them.

It is the truth of which the vector store is an index: answers show what is published here, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from banyan.proxy.domain.knowledge import Passage, Scope
from banyan.proxy.domain.library import Coverage, Deleted, Edition, LessonLine, Run, SourceText
from banyan.proxy.domain.search_options import Filters
from banyan.proxy.ports.vector_store import Only, TextPoint


@dataclass(frozen=True, slots=True)
class Begun:
    """A version that is stored and not yet visible.

    points: of its chunks, those that the published version does not have.
    """

    version: int
    run: str
    scope: Scope
    points: tuple[TextPoint, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A published chunk without vectors. It is known by all of tenant, version and id; sentences: their texts."""

    tenant: str
    version: int
    ordinal: int
    id: str
    text: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the index must hold for one chunk. embedded_by: name of the embedder whose vectors it should have."""

    tenant: str
    version: int
    id: str
    embedded_by: str | None


class LibraryReader(Protocol):
    """Reads what is published."""

    async def passages(self, tenant: str, ids: Sequence[str]) -> dict[str, Passage]:
        """The published chunks among `ids`, without scores and vectors."""
        ...

    async def all_passages(self, scope: Scope) -> list[Passage]:
        """Every published chunk of the scope, in course order and reading order."""
        ...

    async def knows(self, scope: Scope) -> bool:
        """Whether anything is published in the scope."""
        ...

    async def admitted(self, scope: Scope, filters: Filters) -> Only:
        """What of the scope the filters admit: whole sources, single chunks where pages are asked for, or all of it."""
        ...

    async def text(self, scope: Scope) -> SourceText | None:
        """One source (the lesson's own body where the scope names none), or None."""
        ...

    async def courses(self, tenant: str) -> list[str]:
        """Courses that have anything published, sorted."""
        ...

    async def lessons(self, tenant: str, course: str, *, for_learners: bool = False) -> list[LessonLine]:
        """In the order of their first indexing."""
        ...

    async def coverage(self, tenant: str, course: str | None) -> list[Coverage]:
        """By course and lesson; of all courses where none is named."""
        ...

    async def embedded(
        self, tenant: str, course: str | None, since: datetime, until: datetime
    ) -> list[tuple[str, int]]:
        """Chunks that have vectors, by the day of their indexing, as 2026-01-31 in UTC; until is not within."""
        ...

    async def runs(self, tenant: str, course: str | None, limit: int) -> list[Run]:
        """Newest first."""
        ...

    async def run(self, tenant: str, id: str) -> Run | None:
        """One run."""
        ...


class Library(LibraryReader, Protocol):
    """Changes what is published. Each method is one transaction, on disk when it returns."""

    async def begin(self, edition: Edition, run: str, now: datetime) -> Begun | None:
        """Stores a version and its run; None when the published version is the same already, whose run is complete.

        An earlier version of the source that was never published is dropped, and its run fails.
        """
        ...

    async def publish(self, version: int, now: datetime, *, awaits_vectors: bool) -> list[str] | None:
        """Makes a version the visible one. Chunks that were there before keep their mark of having vectors.

        Returns the ids that are no longer part of the source, or None when the version was deleted meanwhile.
        """
        ...

    async def withdraw(self, version: int, reason: str, now: datetime) -> bool:
        """Drops a version that is not visible and fails its run; False when it is visible or gone."""
        ...

    async def unpublished(self) -> list[Begun]:
        """Versions that were begun and not published, oldest first: what a crash left."""
        ...

    async def delete(self, scope: Scope, now: datetime) -> Deleted:
        """Removes the scope; its unfinished runs fail."""
        ...


class Backlog(Protocol):
    """Keeps track of which published chunks have vectors."""

    async def waiting(self, after: tuple[int, int], limit: int) -> list[Waiting]:
        """Published chunks without vectors, ordered by version and ordinal, beyond `after`."""
        ...

    async def mark_embedded(self, chunks: Sequence[Waiting], embedder: str, now: datetime) -> None:
        """Notes that the index has the vectors of these chunks, and what that means for their runs."""
        ...

    async def mark_not_embedded(self, chunks: Sequence[Kept]) -> None:
        """Takes such notes back."""
        ...

    async def note_trouble(self, error: str | None) -> None:
        """Writes on every running run what its vectors are waiting for, or None when it goes on."""
        ...

    async def kept(self) -> list[Kept]:
        """What the index must hold, of all tenants."""
        ...

    async def points(self, chunks: Sequence[Kept]) -> list[TextPoint]:
        """What to index of these chunks; those that are gone are left out."""
        ...
