"""Gives a few connections to many callers, in the order in which they asked."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from banyan.kernel.errors import Unavailable

_LOOK_SECONDS = 1.0
_LOOKS = 30
"""So many looks without anybody getting a connection, and the database hangs: it is not just busy. They are counted
one by one, since a process that was stopped for a minute has looked only once."""


class Turnstile:
    """So many callers at once, the others in a queue.

    SQLAlchemy's own queue lets newcomers overtake: of 200 callers some wait for the whole rush, on a slow machine for
    longer than any timeout that would still notice a database that hangs. Here nobody is refused while others get on.
    """

    def __init__(self, places: int, looks: int = _LOOKS, look_seconds: float = _LOOK_SECONDS) -> None:
        self._free = places
        self._queue: deque[asyncio.Future[None]] = deque()
        self._looks = looks
        self._look_seconds = look_seconds
        self._served = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place until the block ends. Raises: Unavailable when nobody was `served` for half a minute."""
        if self._free:
            self._free -= 1
        else:
            await self._wait()
        try:
            yield
        finally:
            self._leave()

    def served(self) -> None:
        """Somebody with a place has got a connection, so the queue moves."""
        self._served += 1

    def _leave(self) -> None:
        """The place goes to the first who still waits, and is free only where nobody does."""
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        self._free += 1

    async def _wait(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(waiting)
        try:
            seen, looks = self._served, 0
            while not waiting.done():
                await asyncio.wait([waiting], timeout=self._look_seconds)
                looks = looks + 1 if self._served == seen else 0
                seen = self._served
                if looks >= self._looks and not waiting.done():
                    raise Unavailable("The database is too busy; try again in a moment.", retry_after=1)
        except BaseException:
            if not waiting.cancel():  # the place had just been given
                self._leave()
            raise
