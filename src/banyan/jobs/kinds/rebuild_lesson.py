"""Cuts what is stored of one lesson into chunks anew, and makes their vectors anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.kinds.index_lesson import chunks_of
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.jobs.ports.lesson_work import LessonWork


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """The lesson, with all its attachments."""

    course: str
    lesson: str


async def work(args: Args, run: Run, tool: LessonWork) -> Mapping[str, Any]:
    """Answers go on finding the lesson meanwhile."""
    await run.note(0, 1)
    chunks = await tool.rebuild(run.job.tenant, args.course, args.lesson)
    await run.note(1, 1)
    return {"lessons": 1, "chunks": chunks}


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """Every chunk that it has now."""
    return chunks_of(sum(one.chunks for one in lessons if one.lesson == args.lesson))


ENTRY = Kind("Rebuild the index of a lesson", Args, "lessons", work, existing=True, estimate=estimate)
