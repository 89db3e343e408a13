"""An answer that somebody else may end while it is being made."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from banyan.assistant.domain.notices import Notice

Item = TypeVar("Item")


class Stopped(Exception):
    """The answer was ended from outside."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.message)
        self.notice = notice


class Stoppable:
    """Waits for one item after the other, until `stop` is called."""

    def __init__(self) -> None:
        self._notice: Notice | None = None
        self._waiting: asyncio.Timeout | None = None

    def stop(self, notice: Notice) -> None:
        """Ends the wait for the next item at once."""
        self._notice = notice
        if self._waiting is not None:
            self._waiting.reschedule(0)

    async def next(self, items: AsyncIterator[Item]) -> Item | None:
        """The next item, None after the last. Raises: Stopped."""
        if self._notice is not None:
            raise Stopped(self._notice)
        try:
            # Without a time this costs no timer: it is there to be cut short.
            async with asyncio.timeout(None) as self._waiting:
                return await anext(items, None)
        except TimeoutError:
            if self._notice is None:
                raise
            raise Stopped(self._notice) from None
        finally:
            self._waiting = None
