"""Wires reports: their rows, and the way to the index, of this process or elsewhere."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.index_stock import HttpIndexStock
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.report_reader import SqlReports
from banyan.assistant.ports.index_stock import Coverage, EmbeddedOn, IndexStock
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.show_chart import ShowChart
from banyan.assistant.usecases.show_report import ShowReport
from banyan.edge.cli.tools import ReportDesk
from banyan.edge.http.report_services import ReportServices
from banyan.kernel.clock import Clock
from banyan.kernel.identity import Identity
from banyan.proxy.usecases.browse import Browse


class EmbeddedIndexStock:
    """The port `IndexStock` as direct calls into the proxy."""

    def __init__(self, browse: Browse) -> None:
        self._browse = browse

    async def coverage(self, asker: Identity, course: str | None) -> Sequence[Coverage]:
        """As the port says."""
        found = await self._browse.coverage(asker.tenant, course)
        return [Coverage(one.course, one.lesson, one.chunks, one.embedded) for one in found]

    async def embedded(self, asker: Identity, course: str | None, since: date, until: date) -> Sequence[EmbeddedOn]:
        """As the port says."""
        found = await self._browse.embedded(asker.tenant, course, since, until)
        return [EmbeddedOn(date.fromisoformat(day), chunks) for day, chunks in found]


def stock_over(gateway: ModelGateway, browse: Browse | None) -> IndexStock:
    """The index of this process, or where the gateway leads."""
    if isinstance(gateway, HttpGateway):
        return HttpIndexStock(gateway)
    assert browse is not None
    return EmbeddedIndexStock(browse)


def open_reports(
    database: Database,
    stock: IndexStock,
    platform: LearningPlatform,
    clock: Clock,
    settle: Callable[[], Awaitable[None]] | None = None,
) -> ReportServices:
    """settle: brings what this process has in memory into the tables."""
    reader = SqlReports(database, settle)
    return ReportServices(
        ShowReport(reader, stock, platform, clock),
        ShowChart(reader, stock, platform, clock),
    )


@asynccontextmanager
async def open_report_desk(data: Path | None) -> AsyncIterator[ReportDesk]:
    """Over the database of the settings, whether or not a service runs on it."""
    import logging

    from banyan.adapters.platforms.believing import Believing
    from banyan.adapters.storage.engine import open_database
    from banyan.adapters.storage.library import SqlLibrary
    from banyan.app.logs import set_up_logs
    from banyan.app.settings import load_settings
    from banyan.kernel.clock import SystemClock

    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    database = await open_database(settings.database_address)
    try:
        stock = EmbeddedIndexStock(Browse(SqlLibrary(database)))
        services = open_reports(database, stock, Believing(), SystemClock())
        yield ReportDesk(services.show, services.draw)
    finally:
        await database.close()
