"""What a job does with a report, in a process that has the assistant."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from banyan.assistant.domain.report_filters import read_filters
from banyan.assistant.domain.reporting import Privacy
from banyan.assistant.usecases.show_report import Allowed, ShowReport, report_named
from banyan.edge.http.report_bodies import shown_csv
from banyan.jobs.domain.job import Job
from banyan.jobs.kinds.reports_export import Args, Order
from banyan.jobs.ports.file_store import MOST_BYTES, JobFile, JobFiles
from banyan.kernel.clock import Clock
from banyan.kernel.errors import TooLarge
from banyan.kernel.identity import Identity, Role

_KEPT = timedelta(days=7)


class ReportJobs:
    """Implements `ReportWork`, and decides what an order may show. most: bytes of a table."""

    def __init__(self, show: ShowReport, files: JobFiles, clock: Clock, most: int = MOST_BYTES) -> None:
        self._show = show
        self._files = files
        self._clock = clock
        self._most = most

    async def decide(self, asker: Identity, args: Args) -> Mapping[str, Any]:
        """The fields that `Order` adds: what the report would show the caller now. Raises: as the report."""
        allowed = await self._show.allow(asker, args.report, args.filters.items())
        courses = allowed.wanted.courses
        return {
            "roles": sorted(asker.roles),
            "courses": None if courses is None else list(courses),
            "private": allowed.persons and allowed.report.privacy is not Privacy.NAMED,
        }

    async def export(self, job: Job, order: Order) -> Mapping[str, Any]:
        """As the kind says."""
        asker = Identity(job.tenant, job.by, frozenset(Role(role) for role in order.roles))
        report = report_named(order.report)
        courses = None if order.courses is None else tuple(order.courses)
        wanted = replace(read_filters(report, job.tenant, order.filters.items()), courses=courses)
        shown = await self._show.answer(asker, Allowed(report, wanted, order.private))
        content = await asyncio.to_thread(shown_csv, shown)
        size = len(content.encode())
        if size > self._most:
            raise TooLarge(
                f"The table has {size:,} bytes, and {self._most:,} are kept at most; narrow it down with filters."
            )
        now = self._clock.now()
        file = JobFile(
            job.tenant, job.id, job.by, report.name, content, now, now + _KEPT, courses, private=order.private
        )
        await self._files.keep(file)
        return {
            "rows": len(shown.rows),
            "bytes": size,
            "truncated": shown.truncated,
            "notes": list(shown.notes),
            "expires": file.expires.isoformat(),
        }
