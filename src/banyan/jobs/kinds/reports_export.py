"""Writes a report as a table that is fetched later."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from banyan.jobs.domain.job import Job
from banyan.jobs.ports.kind import Kind, Reach, Run

_Text = Annotated[str, Meta(max_length=500)]


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """As `GET /api/v1/reports/REPORT` takes them. report: its name or title. filters: by name."""

    report: Annotated[str, Meta(min_length=1, max_length=100)]
    filters: Annotated[Mapping[_Text, _Text], Meta(max_length=20)] = {}


class Order(Args, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was decided when it was ordered. roles: of whoever did, at that time. courses: None for all of the tenant.

    private: whether the table may show what is kept from whoever is no admin.
    """

    roles: list[str]
    courses: list[str] | None
    private: bool


class ReportWork(Protocol):
    """The tool."""

    async def export(self, job: Job, order: Order) -> Mapping[str, Any]:
        """Keeps the table, one for each job, and says what is in it. Raises: TooLarge; what reports raise."""
        ...


async def work(args: Order, run: Run, tool: ReportWork) -> Mapping[str, Any]:
    """May be done again: the table is then made anew."""
    await run.note(0, 1)
    return await tool.export(run.job, args)


ENTRY = Kind("Write a report as a table", Args, "exports", work, Reach.VIEW, kept=Order)
