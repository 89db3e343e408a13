"""Gives chunks of LEARN-X's files their vectors, as wide as its column."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from banyan.assistant.domain.queue_messages import EmbedJob
from banyan.assistant.ports.course_files import CourseFiles, StoredChunk
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.process_course_file import owned
from banyan.kernel.errors import BanyanError, InvalidInput
from banyan.kernel.identity import Identity, Role

WIDTH = 1536
"""Of LEARN-X's column. A narrower vector is filled with zeros, which change no cosine."""


@dataclass(frozen=True, slots=True)
class EmbedCourseChunks:
    """The use case. model: the name that is written beside each vector."""

    files: CourseFiles
    gateway: ModelGateway
    tenant: str
    model: str

    async def __call__(self, jobs: Sequence[EmbedJob]) -> Sequence[BanyanError | None]:
        """What became of each, None for done; all their texts in one request.

        The words are those of the database: a chunk that is gone meanwhile needs no vector, and one of another file
        gets none. Raises: what concerns all of them.
        """
        faults: list[BanyanError | None] = []
        wanted: dict[UUID, StoredChunk] = {}
        for job in jobs:
            try:
                await owned(self.files, job.file, job.user)
                found = await self.files.chunks(job.file, job.chunks, len(job.chunks))
                wanted |= {one.id: one for one in found if one.content.strip()}
                faults.append(None)
            except BanyanError as error:
                faults.append(error)
        if wanted:
            asker = Identity(self.tenant, str(jobs[0].user), frozenset({Role.SERVICE}))
            vectors = await self.gateway.embed(asker, [one.content for one in wanted.values()])
            rows = {id: widened(vector) for id, vector in zip(wanted, vectors, strict=True)}
            await self.files.put_vectors(rows, self.model)
        return faults


def widened(vector: Sequence[float]) -> list[float]:
    """As wide as the column. Raises: InvalidInput for one that is wider."""
    if len(vector) > WIDTH:
        raise InvalidInput(f"The embedding model gives {len(vector)} numbers; choose one of {WIDTH} at most.")
    return [*vector, *[0.0] * (WIDTH - len(vector))]
