"""Indexes one lesson from its content."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.jobs.ports.lesson_work import LessonContent, LessonWork, TextFormat

CHUNK_CHARACTERS = 600
CHUNKS_A_SECOND = 150
"""What two cores embed."""


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """source: of an attachment; empty for the lesson's own body."""

    course: str
    lesson: str
    content: str
    format: TextFormat = "markdown"
    title: str = ""
    chapter: str = ""
    source: str = ""


def chunks_in(characters: int) -> Estimate:
    """What so much text will take."""
    chunks = -(-characters // CHUNK_CHARACTERS)
    return Estimate(chunks, round(chunks / CHUNKS_A_SECOND, 2))


def chunks_of(count: int) -> Estimate:
    """What so many chunks will take."""
    return Estimate(count, round(count / CHUNKS_A_SECOND, 2))


async def work(args: Args, run: Run, tool: LessonWork) -> Mapping[str, Any]:
    """One indexing; the second of two equal ones changes nothing."""
    await run.note(0, 1)
    content = LessonContent(args.lesson, args.content, args.format, args.title, args.chapter, args.source)
    found = await tool.index(run.job.tenant, args.course, content)
    await run.note(1, 1)
    return found


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """By the length of the content."""
    return chunks_in(len(args.content))


ENTRY = Kind("Index a lesson from its content", Args, "lessons", work, bulky=("content",), estimate=estimate)
