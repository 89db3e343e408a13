"""Prices, the usage ledger and the figures for people on call, opened together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from banyan.adapters.prices import TABLES
from banyan.adapters.prices.book import PriceBook
from banyan.adapters.storage.budgets import book
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.adapters.storage.usage_reader import SqlUsage
from banyan.adapters.telemetry.gateway_metrics import GatewayMetrics
from banyan.adapters.telemetry.watched import AllOf, WatchedLedger
from banyan.app.provider_entries import provider_entries
from banyan.app.settings import Settings
from banyan.app.spending import Spending
from banyan.app.tracing import Tracing
from banyan.edge.http.health import Finding, Probe
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.alarms import Alarm
from banyan.proxy.domain.deployments import EXTERNAL, Deployment
from banyan.proxy.domain.model_name import find_route
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.telemetry import Telemetry
from banyan.proxy.ports.usage import Usage
from banyan.proxy.usecases.watch_charges import charge_alarms

_TRIM_SECONDS = 6 * 3600
_ALARM_SECONDS = 900
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What meters write to, and what operators read.

    ledger: for whoever meters; tells `telemetry` by itself, so meters need not.
    drain: brings every attempt that has ended into the database. forget: a tenant's person, out of its files.
    deployments: gives those that alarms look at; more may be appended.
    """

    prices: PriceBook
    ledger: Ledger
    telemetry: Telemetry
    metrics: GatewayMetrics
    usage: Usage
    probe: Probe
    drain: Callable[[], Awaitable[None]]
    forget: Callable[[str, str], Awaitable[int]]
    deployments: list[Callable[[], Iterable[Deployment]]] = field(default_factory=list)

    async def alarms(self) -> list[Alarm]:
        """What an operator should act on. Raises: Unavailable."""
        every = {one.name: one for give in self.deployments for one in give()}
        # The first time loads the price list, so it is kept off the loop.
        found = await asyncio.to_thread(lambda: list(self.prices.alarms(every.values())))
        return [*found, *await charge_alarms(self.usage, SystemClock().now(), self.prices.drift)]


@asynccontextmanager
async def open_bookkeeping(
    settings: Settings, database: Database, tracing: Tracing, spending: Spending
) -> AsyncIterator[Bookkeeping]:
    """Everything, running; what is in the spool when the block ends is brought into the database, and budgets with it.

    tracing, spending: stay open longer.
    """
    async with AsyncExitStack() as stack:
        spooled = SpooledLedger(settings.data / "ledger", database, [book], spending.release_dead)
        await stack.enter_async_context(spooled.running())
        usage = SqlUsage(database, spooled.drain)
        if settings.usage_days:
            await stack.enter_async_context(_trimming(usage, timedelta(days=settings.usage_days)))
        metrics = GatewayMetrics(
            {
                "banyan_ledger_waiting_rows": (
                    "Attempts that are not in the database yet.",
                    lambda: spooled.state().waiting,
                ),
                "banyan_ledger_memory_rows": (
                    "Attempts that a full disk keeps in memory alone.",
                    lambda: spooled.state().in_memory,
                ),
                "banyan_ledger_spool_bytes": (
                    "Bytes of the spool that wait for the database.",
                    lambda: spooled.state().spool_bytes,
                ),
                "banyan_ledger_dropped_rows_total": (
                    "Attempts that were lost because disk and memory were full.",
                    lambda: spooled.state().dropped,
                ),
                "banyan_ledger_refused_rows_total": (
                    "Attempts that the database cannot hold; they are in refused.spool.",
                    lambda: spooled.state().refused,
                ),
            }
        )
        telemetry: Telemetry = metrics if tracing.spans is None else AllOf((metrics, tracing.spans))
        prices = open_prices(settings)
        books = Bookkeeping(
            prices,
            WatchedLedger(spooled, telemetry),
            telemetry,
            metrics,
            usage,
            ledger_probe(spooled),
            spooled.drain,
            spooled.forget,
            [lambda: named_deployments(settings)],
        )
        await stack.enter_async_context(_watching(books, metrics))
        yield books


def open_prices(settings: Settings) -> PriceBook:
    """The price book of the settings."""
    return PriceBook(
        {name: price.price() for name, price in settings.prices.items()},
        TABLES[settings.price_table] if settings.price_table else {},
        frozenset(entry.name for entry in provider_entries(settings.provider_tables) if entry.free),
        _base_urls(settings),
        settings.price_drift,
    )


def _base_urls(settings: Settings) -> dict[str, str]:
    """Of providers whose server the settings name."""
    environment, found = settings.provider_environment, dict[str, str]()
    for entry in provider_entries(settings.provider_tables):
        own = settings.provider_tables.get(entry.name, {}).get("base_url", "")
        variable = own.removeprefix("env:") if own.startswith("env:") else ""
        usual = f"{entry.name.upper().replace('-', '_')}_BASE_URL"
        url = environment.get(variable or usual, "") if variable or not own else own
        if url:
            found[entry.name] = url
    return found


def named_deployments(settings: Settings) -> list[Deployment]:
    """The models that the settings name: the default one, and those that have a price."""
    zones = {entry.name: entry.zone for entry in provider_entries(settings.provider_tables)}
    found = []
    for name in dict.fromkeys((settings.model, *settings.prices)):
        route = find_route(name, zones)
        if route is not None:
            found.append(Deployment(name, route.provider, route.model, zone=zones.get(route.provider, EXTERNAL)))
    return found


def ledger_probe(ledger: SpooledLedger) -> Probe:
    """Whether attempts reach the database. Calls go on without it, so it never takes the service down."""

    async def look() -> Finding:
        state = ledger.state()
        if state.trouble:
            words = f"{state.waiting} attempts wait, {state.in_memory} of them in memory, and {state.dropped} are lost"
            return Finding("degraded", f"{words}: {state.trouble.rstrip('.')}.")
        return Finding("ok")

    return look


@asynccontextmanager
async def _watching(books: Bookkeeping, metrics: GatewayMetrics) -> AsyncIterator[None]:
    """Looks at the alarms now and then while the block runs; so the price list is loaded before it is needed."""

    async def watch() -> None:
        while True:
            try:
                found = await books.alarms()
                metrics.set_alarms(Counter(one.kind.value for one in found))
            except BanyanError as error:
                log.warning("alarms-not-read", error=error.message)
            await asyncio.sleep(_ALARM_SECONDS)

    task = asyncio.create_task(watch(), name="look at the alarms")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _trimming(usage: Usage, age: timedelta) -> AsyncIterator[None]:
    """Forgets old rows now and then while the block runs."""
    clock = SystemClock()

    async def trim() -> None:
        while True:
            try:
                gone = await usage.trim(clock.now() - age)
                if gone:
                    log.info("usage-trimmed", rows=gone, days=age.days)
            except BanyanError as error:
                log.warning("usage-not-trimmed", error=error.message)
            await asyncio.sleep(_TRIM_SECONDS)

    task = asyncio.create_task(trim(), name="trim the usage ledger")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
