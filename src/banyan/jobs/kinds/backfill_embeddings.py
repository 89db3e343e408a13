"""Makes the vectors that are missing, or that another model has made."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.kinds.index_lesson import chunks_of
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.jobs.ports.lesson_work import LessonWork


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """course: empty for all of the tenant."""

    course: str = ""


async def work(args: Args, run: Run, tool: LessonWork) -> Mapping[str, Any]:
    """What is done is done: another attempt finds less to do."""
    most = run.checkpoint.get("total", 0)
    async for missing in tool.embed(run.job.tenant, args.course or None):
        most = max(most, missing)
        await run.note(most - missing, most, {"total": most})
    return {"embedded": most}


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """Chunks without vectors."""
    return chunks_of(sum(one.chunks - one.embedded for one in lessons))


ENTRY = Kind("Make the vectors that are missing", Args, "lessons", work, existing=True, estimate=estimate)
