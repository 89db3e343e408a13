"""The rows of reports and charts from SQL."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from banyan.adapters.storage import (
    report_chats,
    report_costs,
    report_log,
    report_places,
    report_series,
    report_sources,
)
from banyan.adapters.storage.engine import Database
from banyan.assistant.domain.reporting import Report, Row, Source, Wanted
from banyan.assistant.ports.report_reader import DayValue

STATEMENTS = {
    **report_chats.STATEMENTS,
    **report_costs.STATEMENTS,
    **report_log.STATEMENTS,
    **report_places.STATEMENTS,
    **report_sources.STATEMENTS,
}


class SqlReports:
    """Implements `ReportReader`. settle: brings what this process has in memory into the tables."""

    def __init__(self, database: Database, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        self._database = database
        self._settle = settle

    async def rows(self, report: Report, wanted: Wanted, limit: int) -> Sequence[Row]:
        """As the port says."""
        await self._settled()
        return await self._database.read(STATEMENTS[report.name], wanted, limit)

    async def learners(self, report: Report, wanted: Wanted) -> Mapping[str, int]:
        """As the port says."""
        await self._settled()
        counted = report_chats.learners if report.source is Source.CHATS else report_log.learners
        return await self._database.read(counted, wanted)

    async def days(self, chart: str, wanted: Wanted) -> Sequence[DayValue]:
        """As the port says."""
        await self._settled()
        return await self._database.read(report_series.SERIES[chart], wanted)

    async def _settled(self) -> None:
        if self._settle is not None:
            await self._settle()
