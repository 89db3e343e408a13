"""`banyan worker`: jobs alone, without serving anything; and the desk of jobs for an operator."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import uvloop

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.jobs import SqlJobs
from banyan.app.data_folder import held
from banyan.app.logs import set_up_logs
from banyan.app.servers import stop_signal
from banyan.app.settings import Settings, load_settings
from banyan.app.tracing import report_errors, send_what_is_left
from banyan.edge.cli.tools import JobDesk
from banyan.kernel.clock import SystemClock


def work(data: Path | None, parallel: int | None) -> None:
    """Runs until SIGTERM or SIGINT. Raises: Conflict where a service holds the data folder; InvalidInput."""
    settings = load_settings(data=data)
    set_up_logs()
    if settings.sentry_dsn is not None:
        report_errors(settings.sentry_dsn.get_secret_value())
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, parallel))
    finally:
        send_what_is_left()


async def _work(settings: Settings, parallel: int | None) -> None:
    from banyan.app.wiring import open_worker

    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_signal())
        stack.enter_context(held(settings.data, "proxy"))
        await stack.enter_async_context(open_worker(settings, parallel or max(1, settings.jobs_parallel)))
        sys.stdout.write("Banyan works on jobs.\n")
        sys.stdout.flush()
        await stop.wait()
        sys.stderr.write("Stopping; jobs under way are put back.\n")


@asynccontextmanager
async def open_job_desk(data: Path | None) -> AsyncIterator[JobDesk]:
    """The database of the settings, whether or not a service runs on it."""
    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    database = await open_database(settings.database_address)
    try:
        yield JobDesk(SqlJobs(database), SystemClock())
    finally:
        await database.close()
