"""Connections to LEARN-X's PostgreSQL, opened when they are first needed and again after it was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from banyan.kernel.errors import Unavailable

_CONNECTIONS = 8
_CONNECT_SECONDS = 5
_COMMAND_SECONDS = 60


class Pool:
    """address: as PGMQ_DATABASE_URL. Nothing is prepared by name, so that a pooler may stand between."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = asyncio.Lock()
        self._pool: Any = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One connection. Raises: Unavailable for whatever keeps the database from doing its part."""
        try:
            async with (await self._opened()).acquire(timeout=_CONNECT_SECONDS) as connection:
                yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"The database of the queues does not do its part ({_told(error)}); see that it runs and has the "
                "tables, and that PGMQ_DATABASE_URL is right.",
                code="queue_unavailable",
            ) from error

    async def close(self) -> None:
        """Lets go of all connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _opened(self) -> Any:
        async with self._lock:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._address,
                    min_size=0,
                    max_size=_CONNECTIONS,
                    timeout=_CONNECT_SECONDS,
                    command_timeout=_COMMAND_SECONDS,
                    statement_cache_size=0,
                )
            return self._pool


def _told(error: Exception) -> str:
    """What PostgreSQL says of the matter; never more than a line, and no row of anybody's."""
    said = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {said}" if isinstance(error, asyncpg.PostgresError) else type(error).__name__
