"""The port to LEARN-X's own tables: files of courses, their chunks and vectors, and jobs that make material of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

Row = Mapping[str, Any]
"""Column names and values."""


class CourseFile(Struct, frozen=True):
    """owner: of its course. path: in the storage. mime_type, size: as the uploader said."""

    id: UUID
    course: UUID
    owner: UUID
    name: str
    path: str
    mime_type: str
    size: int
    status: str


class StoredChunk(Struct, frozen=True):
    """A chunk as it is stored."""

    id: UUID
    content: str


class GenerationJob(Struct, frozen=True):
    """files, outputs: what was ordered of each file."""

    id: UUID
    user: UUID
    files: tuple[UUID, ...]
    outputs: tuple[str, ...]
    status: str


class CourseFiles(Protocol):
    """Each call is one transaction. Raises: Unavailable, where the database is not there or lacks a table."""

    async def file(self, id: UUID) -> CourseFile | None:
        """Whether or not it belongs to a module."""
        ...

    async def begin(self, file: UUID) -> None:
        """It is being read."""
        ...

    async def finish(self, file: CourseFile, chunks: Sequence[Row], metadata: Row, messages: Sequence[Row]) -> None:
        """In one transaction: these chunks in place of the old ones, their orders for vectors, the file completed."""
        ...

    async def fail(self, file: UUID, reason: str) -> None:
        """It cannot be read, and why."""
        ...

    async def chunks(self, file: UUID, ids: Sequence[UUID] | None, limit: int) -> Sequence[StoredChunk]:
        """Of the file alone, in order. ids: None for all."""
        ...

    async def put_vectors(self, vectors: Mapping[UUID, Sequence[float]], model: str) -> None:
        """In place of those that the model gave before; what became of a chunk meanwhile is no error."""
        ...

    async def persona(self, user: UUID, id: UUID | None) -> Row | None:
        """The five groups; the person's own where no id is given or nobody has it."""
        ...

    async def job(self, id: UUID) -> GenerationJob | None:
        """One."""
        ...

    async def put_result(self, job: GenerationJob, file: UUID, output: str, result: Row) -> None:
        """In place of one that was there; the job's progress and status follow in the same transaction."""
        ...

    async def fail_job(self, id: UUID, reason: str) -> None:
        """It cannot be finished, and why."""
        ...


class FileStorage(Protocol):
    """Where the files themselves are."""

    async def fetch(self, path: str) -> bytes:
        """Raises: NotFound, TooLarge, InvalidInput for a path that leads elsewhere, Unavailable."""
        ...
