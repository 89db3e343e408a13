"""Drafts an FAQ from the chats of a course, a few questions at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from banyan.jobs.domain.job import Estimate
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.kind import Kind, Run
from banyan.kernel.money import NOTHING

AT_ONCE = 4
"""Questions between two notes: a process that dies has so many answered anew."""
_SECONDS = 5
"""For one question; a small local model needs about that."""


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """As `POST /api/v1/faq-drafts` takes them."""

    course: str
    lesson: str | None = None
    since: datetime | None = None
    min_learners: Annotated[int, Meta(ge=2, le=1000)] = 2
    max_items: Annotated[int, Meta(ge=1, le=50)] = 20
    model: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class FaqWork(Protocol):
    """The tool. by: who ordered it, and was let in then. Groups and results are JSON."""

    async def find(self, tenant: str, by: str, args: Args) -> Sequence[Any]:
        """What is asked, the most asked first. Raises: Conflict (`nothing_to_draft`), NotAllowed."""
        ...

    async def answer(self, tenant: str, by: str, args: Args, groups: Sequence[Any]) -> Sequence[Any]:
        """One result for each group. Raises: what the gateway raises."""
        ...

    async def store(self, tenant: str, by: str, args: Args, results: Sequence[Any], job: str) -> str:
        """The id of the draft, one for each job. Raises: Conflict (`nothing_to_draft`)."""
        ...


async def work(args: Args, run: Run, tool: FaqWork) -> Mapping[str, Any]:
    """The groups are found at the first attempt; answers that are noted are not paid for again."""
    who = run.job.tenant, run.job.by
    groups = list(run.checkpoint.get("groups") or await tool.find(*who, args))
    results = list(run.checkpoint.get("results", ()))
    while len(results) < len(groups):
        await run.note(len(results), len(groups), {"groups": groups, "results": results})
        results += await tool.answer(*who, args, groups[len(results) : len(results) + AT_ONCE])
    await run.note(len(groups), len(groups), {"groups": groups, "results": results})
    return {"draft": await tool.store(*who, args, results, run.job.id), "questions": len(groups)}


def estimate(args: Args, lessons: Sequence[LessonFacts]) -> Estimate:
    """At most. What a model's provider charges nobody knows before the answers are there."""
    quoting = args.model is not None and args.model.rpartition("/")[2] == "extractive"
    seconds = 0.1 if quoting else _SECONDS
    return Estimate(args.max_items, args.max_items * seconds, NOTHING if quoting else None)


ENTRY = Kind("Draft an FAQ from chats", Args, "faqs", work, existing=True, estimate=estimate)
