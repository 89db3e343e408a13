"""Equal requests that are under way at the same time are worked on once, and all get the same answer.

The older clients send a request again when no header came within a minute; without this it would be made twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from typing import Generic, TypeVar

Item = TypeVar("Item")

_AHEAD = 64
"""Items that may be made before the quickest reader takes them: nobody who stops reading makes memory grow."""


class Flight(Generic[Item]):
    """One piece of work and whoever waits for it. It ends with its last reader, `linger` seconds later.

    over: told when it need not be joined any more.
    """

    def __init__(self, source: AsyncGenerator[Item, None], linger: float, over: Callable[[], None]) -> None:
        self._linger = linger
        self._tell_over = over
        self._items: list[Item] = []
        self._readers = self._furthest = 0
        self._error: Exception | None = None
        self._ended = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._run(source), name="joined work")

    async def read(self) -> AsyncGenerator[Item, None]:
        """Every item from the first on. Raises: what the work raises."""
        self._readers += 1
        at = 0
        try:
            while True:
                news = self._news
                while at < len(self._items):
                    item = self._items[at]
                    at += 1
                    self._furthest = max(self._furthest, at)
                    self._room.set()
                    yield item
                if self._ended:
                    if self._error is not None:
                        raise self._error
                    return
                if news is self._news:
                    await news.wait()
        finally:
            self._readers -= 1
            if not self._readers:
                self._leave()

    def _leave(self) -> None:
        if self._ended or not self._linger:
            self._abandon()
        else:
            asyncio.get_running_loop().call_later(self._linger, self._abandon)

    def _abandon(self) -> None:
        if not self._readers:
            self._task.cancel()
            self._tell_over()

    async def _run(self, source: AsyncGenerator[Item, None]) -> None:
        try:
            async with aclosing(source) as items:
                async for item in items:
                    self._items.append(item)
                    self._tell()
                    while len(self._items) - self._furthest >= _AHEAD:
                        self._room.clear()
                        await self._room.wait()
        except Exception as error:  # noqa: BLE001 - every reader is told
            self._error = error
            self._tell_over()
        finally:
            self._ended = True
            if self._readers:
                self._tell_over()
            self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class Flights:
    """Those of one application."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[bytes]] = {}

    async def read(
        self, key: Hashable, start: Callable[[], AsyncGenerator[bytes, None]], linger: float = 0.0
    ) -> AsyncGenerator[bytes, None]:
        """The items of the work with that key, which is started where it is not under way.

        linger: seconds that it goes on without a reader, and that its result waits for one who comes back.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = Flight(start(), linger, lambda: self._forget(key, flight))
            self._flights[key] = flight
        async with aclosing(flight.read()) as items:
            async for item in items:
                yield item

    def _forget(self, key: Hashable, flight: Flight[bytes] | None) -> None:
        if self._flights.get(key) is flight:
            self._flights.pop(key, None)
