"""Keeps what is held in memory current with what other processes change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from banyan.kernel.errors import BanyanError

log = structlog.get_logger(__name__)


class Kept(Protocol):
    """fault: why it is not current, "" where it is."""

    fault: str

    async def refresh(self) -> None:
        """Takes over what has changed. Raises: Unavailable."""
        ...


@asynccontextmanager
async def kept_current(kept: Kept, what: str, *, every: float) -> AsyncIterator[None]:
    """Looks before the block begins, and then so often until it ends. what: in the log and in the fault, a plural.

    every: seconds. Raises: Unavailable where the first look fails; later ones that fail are told as the fault.
    """
    await kept.refresh()
    task = asyncio.create_task(_look(kept, what, every), name=f"keep {what} current")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _look(kept: Kept, what: str, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await kept.refresh()
            kept.fault = ""
        except BanyanError as error:
            if not kept.fault:
                log.error("not-current", what=what, error=error.message)
            kept.fault = f"These {what} are those of a moment ago: {error.message}"
