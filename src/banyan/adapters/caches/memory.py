"""Keeps what is cached in this process, within a bound of bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable

_OVERHEAD_BYTES = 300
"""Of Python, for one entry: its key, its place in the order, and the objects that hold it."""


class MemoryCache:
    """Implements `AnswerCache`. The entries that were longest without use go first.

    most_bytes: of keys and values together. now: seconds on any clock that does not go back.
    """

    fault: str | None = None

    def __init__(self, most_bytes: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._now = now
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self.bytes_used = 0

    async def get(self, key: str) -> bytes | None:
        """What is stored and has not expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        ends, value = entry
        if ends <= self._now():
            self._forget(key)
            return None
        self._entries.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """What is larger than the whole cache is not kept."""
        self._forget(key)
        size = _size(key, value)
        if size > self._most_bytes:
            return
        while self.bytes_used + size > self._most_bytes:
            self._forget(next(iter(self._entries)))
        self._entries[key] = (self._now() + seconds, value)
        self.bytes_used += size

    async def drop(self, prefix: str) -> int:
        """Looks through all keys."""
        found = [key for key in self._entries if key.startswith(prefix)]
        for key in found:
            self._forget(key)
        return len(found)

    async def close(self) -> None:
        """Forgets everything."""
        self._entries.clear()
        self.bytes_used = 0

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes_used -= _size(key, entry[1])


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD_BYTES
