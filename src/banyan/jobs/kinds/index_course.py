"""Indexes the lessons of a course, one after the other."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.kinds.index_lesson import chunks_in
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.jobs.ports.lesson_work import LessonContent, LessonWork
from banyan.kernel.errors import InvalidInput


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """The lessons in course order."""

    course: str
    lessons: Annotated[tuple[LessonContent, ...], Meta(min_length=1, max_length=2000)]


async def work(args: Args, run: Run, tool: LessonWork) -> Mapping[str, Any]:
    """A lesson that cannot be read does not keep the others out; the result names it with its reason."""
    state = {"next": 0, "chunks": 0, "faults": {}, **run.checkpoint}
    faults: dict[str, str] = dict(state["faults"])
    chunks, total = state["chunks"], len(args.lessons)
    for at in range(state["next"], total):
        await run.note(at, total, {"next": at, "chunks": chunks, "faults": faults})
        lesson = args.lessons[at]
        try:
            chunks += (await tool.index(run.job.tenant, args.course, lesson))["chunks"]
        except InvalidInput as error:
            faults[lesson.lesson] = error.message
    await run.note(total, total)
    return {"lessons": total - len(faults), "chunks": chunks, "faults": faults}


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """By the length of all contents."""
    return chunks_in(sum(len(one.content) for one in args.lessons))


ENTRY = Kind(
    "Index the lessons of a course from their contents", Args, "lessons", work, bulky=("lessons",), estimate=estimate
)
