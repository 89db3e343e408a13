"""Keeps what is cached in a Redis that several processes share, and never waits long for it."""

import asyncio
import time
import zlib
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

_LARGE_BYTES = 16 * 1024
"""From here on packing costs less than sending."""
_LARGEST_BYTES = 8 * 1024 * 1024
_PLAIN, _PACKED = b"\x00", b"\x01"
_SCANNED = 1000
_DROP_SECONDS = 10.0


class RedisCache:
    """Implements `AnswerCache`. After a failure Redis is left alone for a while, and the cache is as good as empty.

    client: one that reads a command's reply to its end even when the caller has gone; whoever opened it closes it.
    seconds: that a look may take. pause: after a failure, in seconds. now: a clock that does not go back.
    fault: why Redis is left alone; None while it answers.
    """

    def __init__(
        self, client: Redis, *, seconds: float = 0.03, pause: float = 5.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._pause = pause
        self._now = now
        self._resumes = 0.0
        self.fault: str | None = None

    async def get(self, key: str) -> bytes | None:
        """What is stored; None as well where Redis is away."""
        if self._is_paused:
            return None
        try:
            async with asyncio.timeout(self._seconds):
                data = await self._client.get(key)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        self.fault = None
        return _unpacked(data) if isinstance(data, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Redis itself forgets it in time."""
        if self._is_paused or len(value) > _LARGEST_BYTES:
            return
        data = _PACKED + zlib.compress(value, 1) if len(value) >= _LARGE_BYTES else _PLAIN + value
        try:
            async with asyncio.timeout(self._seconds):
                await self._client.set(key, data, px=max(1, int(seconds * 1000)))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    async def drop(self, prefix: str) -> int:
        """Goes through all keys of Redis, a thousand at a time; for background work."""
        dropped = 0
        if self._is_paused:
            return dropped
        try:
            async with asyncio.timeout(_DROP_SECONDS):
                cursor = 0
                while True:
                    cursor, found = await self._client.scan(cursor, match=f"{_escaped(prefix)}*", count=_SCANNED)
                    if found:
                        dropped += await self._client.unlink(*found)
                    if cursor == 0:
                        self.fault = None
                        return dropped
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return dropped

    async def close(self) -> None:
        """The client belongs to whoever opened it."""

    @property
    def _is_paused(self) -> bool:
        return self._now() < self._resumes

    def _failed(self, error: Exception) -> None:
        self._resumes = self._now() + self._pause
        self.fault = str(error) or f"no answer within {self._seconds:g} seconds"


def _unpacked(data: bytes) -> bytes | None:
    if data[:1] == _PLAIN:
        return data[1:]
    try:
        return zlib.decompress(data[1:])
    except zlib.error:
        return None


def _escaped(prefix: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[]^-\\" else letter for letter in prefix)
