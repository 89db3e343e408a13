"""Reads a file of a LEARN-X course, cuts it, and orders vectors for its chunks."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from banyan.assistant.domain.packing import Packed, pack
from banyan.assistant.domain.queue_messages import NOT_OWNER, FileJob
from banyan.assistant.domain.reading import Reading
from banyan.assistant.ports.course_files import CourseFile, CourseFiles, FileStorage, Row
from banyan.assistant.usecases.read_document import ReadDocument
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.kernel.identity import Identity, Role

_KINDS = {"list": "informational", "table": "informational", "code": "informational", "math": "informational"}
_DEFINITION = 1.25  # mean weight from which most sentences of a chunk say what something is


@dataclass(frozen=True, slots=True)
class ProcessCourseFile:
    """The use case. Done twice it leaves the same chunks with the same ids."""

    files: CourseFiles
    storage: FileStorage
    read: ReadDocument
    clock: Clock
    tenant: str

    async def __call__(self, job: FileJob) -> None:
        """Raises: InvalidInput, NotFound, NotAllowed for good; Unavailable and others for now."""
        file = await owned(self.files, job.file, job.user)
        await self.files.begin(file.id)
        content = await self.storage.fetch(file.path)
        reader = Identity(self.tenant, str(job.user), frozenset({Role.SERVICE}))
        found = await self.read(reader, kind_of(file), content)
        text, reading = found.reading.text, found.reading
        packed = pack(text, reading.parts, size=job.size, least=job.least, overlap=job.overlap)
        if not packed:
            why = " ".join(reading.warnings) or "There is no text in it."
            raise InvalidInput(f"The file has no text that could be cut. {why}", code="file_empty")
        chunks = [_row(file.id, reading, number, one) for number, one in enumerate(packed)]
        extraction = {**found.metadata, "sha256": hashlib.sha256(content).hexdigest()}
        metadata = {
            "processed_at": self.clock.now().isoformat(),
            "chunk_count": len(chunks),
            "content_length": len(text),
            "extraction_metadata": extraction,
        }
        await self.files.finish(file, chunks, metadata, [_order(file, job.user, row) for row in chunks])


async def owned(files: CourseFiles, id: UUID, user: UUID) -> CourseFile:
    """The file, which is of a course of this user's. Raises: NotFound, NotAllowed."""
    file = await files.file(id)
    if file is None:
        raise NotFound("There is no such file; it may have been removed.", code="unknown_file")
    if file.owner != user:
        raise NotAllowed("The file belongs to a course of somebody else.", code=NOT_OWNER)
    return file


def kind_of(file: CourseFile) -> str:
    """What the uploader says that it is: the MIME type, or the name's ending where that says nothing."""
    vague = file.mime_type.partition(";")[0].strip().lower() in ("", "application/octet-stream", "text/plain")
    return file.name if vague and "." in file.name else file.mime_type


def _row(file: UUID, reading: Reading, number: int, one: Packed) -> Row:
    content = reading.text[one.start : one.end]
    part = one.part
    kind = _KINDS.get(part.kind, "definition" if one.weight >= _DEFINITION else "narrative")
    places: dict[str, Any] = {"page": part.page, "slide": part.slide, "seconds": part.seconds}
    metadata = {
        "chunk_index": number,
        "type": kind,
        "importance": one.importance,
        "start_position": one.start,
        "end_position": one.end,
        "sentence_count": one.sentences,
        "heading": list(part.heading),
        **{name: place for name, place in places.items() if place is not None},
    }
    return {
        "id": uuid5(NAMESPACE_URL, f"banyan:{file}:{number}:{content}"),
        "file_id": file,
        "chunk_index": number,
        "content": content,
        "content_length": len(content),
        "chunk_type": kind,
        "importance": one.importance,
        "hierarchy_level": len(part.heading),
        "section_title": part.heading[-1] if part.heading else reading.title or None,
        "is_start_of_section": one.first,
        "is_end_of_section": one.last,
        "metadata": metadata,
        "chunk_metadata": metadata,
        "concepts": [],
    }


def _order(file: CourseFile, user: UUID, row: Row) -> Row:
    return {
        "job_type": "generate_embedding",
        "file_id": str(file.id),
        "chunk_id": str(row["id"]),
        "content": row["content"],
        "user_id": str(user),
        "metadata": {"chunk_index": row["chunk_index"]},
    }
