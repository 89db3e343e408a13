"""What the library keeps of indexed lessons, beside the passages themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from banyan.proxy.domain.knowledge import Block, Chunk, Document, Scope

RunStatus = Literal["queued", "running", "complete", "failed"]
"""queued: stored, not yet visible. running: found by its words, vectors are being made. complete: all is there."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One source as it is to be published: its document, cut into chunks, and what is known about it.

    scope: fully given, down to lesson and source. staff_only: learners never see anything of it.
    anew: publish it even where the same is there.
    """

    scope: Scope
    title: str
    chapter: str
    document: Document
    chunks: Sequence[Chunk]
    url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    staff_only: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One indexing of one source, from its first write to its last vector.

    unchanged: chunks that were there before, and whose vectors, if any, were kept.
    embedded: chunks that have vectors by now.
    error: why it failed; of a running one, what its vectors are waiting for.
    """

    id: str
    course: str
    lesson: str
    source: str
    status: RunStatus
    chunks: int
    unchanged: int
    embedded: int
    started_at: datetime
    ended_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A lesson with the chunks that answers see. embedded: how many of them have vectors."""

    course: str
    lesson: str
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in a course's list. chunks, embedded: over all its sources."""

    course: str
    lesson: str
    title: str
    chapter: str
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class SourceText:
    """The plain text of one source, in which every span is measured. version: grows with every change."""

    course: str
    lesson: str
    source: str
    source_type: str
    title: str
    chapter: str
    version: int
    text: str
    blocks: tuple[Block, ...]
    url: str | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion removed."""

    lessons: int
    sources: int
    chunks: int
