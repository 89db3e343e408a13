"""Cuts what is stored of every lesson of a course into chunks anew, and makes their vectors anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.kinds.index_lesson import chunks_of
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.jobs.ports.lesson_work import LessonWork


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """The course."""

    course: str


async def work(args: Args, run: Run, tool: LessonWork) -> Mapping[str, Any]:
    """The list of lessons is taken at the first attempt; lessons that are gone by now are passed over."""
    lessons: list[str] = list(run.checkpoint.get("lessons") or await tool.lessons(run.job.tenant, args.course))
    begin, chunks = run.checkpoint.get("next", 0), run.checkpoint.get("chunks", 0)
    for at in range(begin, len(lessons)):
        await run.note(at, len(lessons), {"lessons": lessons, "next": at, "chunks": chunks})
        chunks += await tool.rebuild(run.job.tenant, args.course, lessons[at])
    await run.note(len(lessons), len(lessons))
    return {"lessons": len(lessons), "chunks": chunks}


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """Every chunk of the course."""
    return chunks_of(sum(one.chunks for one in lessons))


ENTRY = Kind("Rebuild the index of a course", Args, "lessons", work, existing=True, estimate=estimate)
