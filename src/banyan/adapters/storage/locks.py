"""Locks in PostgreSQL: advisory ones of a session, which are free as soon as its process or connection dies."""

import asyncio
import logging
from contextlib import AsyncExitStack

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from banyan.adapters.storage.engine import Database, lock_number
from banyan.kernel.errors import BanyanError

_log = logging.getLogger(__name__)
_TAKE = text("SELECT pg_try_advisory_lock(:number)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:number)")


class SqlLocks:
    """Implements `SharedLocks` with one connection for all locks, opened when the first is taken."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._session: AsyncConnection | None = None

    async def take(self, *names: str) -> bool:
        """Whether the session has the lock now."""
        number = lock_number(*names)
        asking = asyncio.create_task(self._ask(number))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            await asyncio.wait([asking])
            if asking.exception() is None and asking.result():
                await self.give_back(*names)
            raise

    async def give_back(self, *names: str) -> None:
        """What cannot be given back is lost with the session, which is closed then."""
        task = asyncio.create_task(self._free(lock_number(*names)))
        await asyncio.shield(task)

    async def close(self) -> None:
        """Frees every lock."""
        async with self._turn:
            await self._drop()

    async def _ask(self, number: int) -> bool:
        async with self._turn:
            try:
                session = await self._open()
                with self._database.translated():
                    return bool((await session.execute(_TAKE, {"number": number})).scalar_one())
            except BanyanError:
                await self._drop()
                raise

    async def _free(self, number: int) -> None:
        async with self._turn:
            if self._session is None:
                return
            try:
                await self._session.execute(_GIVE_BACK, {"number": number})
            except SQLAlchemyError as error:
                _log.warning("The connection that holds the locks was lost; they are free: %s", error)
                await self._drop()

    async def _open(self) -> AsyncConnection:
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._database.session())
        return self._session

    async def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.invalidate()
        await self._stack.aclose()
