"""One lock for each key that somebody holds or waits for, in this process and, where they share, in all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from banyan.proxy.ports.shared_locks import SharedLocks

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.2


class KeyedLocks:
    """Locks appear when asked for and vanish with their last user.

    shared: what other processes look at too; None where there is only this one.
    """

    def __init__(self, shared: SharedLocks | None = None) -> None:
        self._shared = shared
        self._locks: dict[tuple[str, ...], tuple[asyncio.Lock, int]] = {}

    @property
    def shared(self) -> bool:
        """Whether other processes may hold a lock."""
        return self._shared is not None

    @asynccontextmanager
    async def held(self, *key: str) -> AsyncIterator[None]:
        """Waits for its turn at the key; in one process first come, first served. Raises: Unavailable."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                await self._take(key)
                try:
                    yield
                finally:
                    await self._give_back(key)
        finally:
            self._leave(key)

    async def claim(self, *key: str) -> bool:
        """Takes the lock if it is free, and never waits; `release` gives it back. Raises: Unavailable."""
        if key in self._locks:
            return False
        lock = asyncio.Lock()
        self._locks[key] = (lock, 1)
        try:
            await lock.acquire()
            taken = self._shared is None or await self._shared.take(*key)
        except BaseException:
            lock.release()
            self._leave(key)
            raise
        if not taken:
            lock.release()
            self._leave(key)
        return taken

    async def release(self, *key: str) -> None:
        """Gives back what was claimed."""
        lock, _ = self._locks[key]
        try:
            await self._give_back(key)
        finally:
            lock.release()
            self._leave(key)

    async def _take(self, key: tuple[str, ...]) -> None:
        pause = _FIRST_PAUSE
        while self._shared is not None and not await self._shared.take(*key):
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _give_back(self, key: tuple[str, ...]) -> None:
        if self._shared is not None:
            await self._shared.give_back(*key)

    def _leave(self, key: tuple[str, ...]) -> None:
        lock, users = self._locks.pop(key)
        if users > 1:
            self._locks[key] = (lock, users - 1)
