"""Keeps finished material for a while, and has equal orders at one time made once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from time import monotonic

import msgspec
from cachetools import TTLCache
from msgspec import structs

from banyan.assistant.domain.material import Material

_SECONDS = 7200
_MOST = 2000
_LARGEST = 200_000
"""Bytes of one material that is kept."""


class KeptMaterial:
    """In this process, as JSON. What failed is never kept, and what nobody waits for any more is not made."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._kept: TTLCache[str, bytes] = TTLCache(_MOST, _SECONDS, clock)
        self._making: dict[str, tuple[asyncio.Task[Material], list[int]]] = {}

    def get(self, key: str) -> Material | None:
        """What was made of an equal order."""
        found = self._kept.get(key)
        if found is None:
            return None
        return structs.replace(msgspec.json.decode(found, type=Material), cached=True)

    def put(self, key: str, made: Material) -> None:
        """For the next equal order."""
        value = msgspec.json.encode(made)
        if len(value) <= _LARGEST:
            self._kept[key] = value

    @property
    def size(self) -> tuple[int, int, int]:
        """How many there are, their bytes, and how many there can be."""
        kept = list(self._kept.values())
        return len(kept), sum(map(len, kept)), _MOST

    async def once(self, key: str, make: Callable[[], Awaitable[Material]]) -> Material:
        """What is kept, what somebody makes just now, or what is made anew; the last who leaves stops the making."""
        found = self.get(key)
        if found is not None:
            return found

        async def making() -> Material:
            made = await make()
            self.put(key, made)
            return made

        if key not in self._making:
            task = asyncio.create_task(making(), name="make study material")
            self._making[key] = (task, [0])
            task.add_done_callback(lambda _: self._making.pop(key, None))
        task, waiting = self._making[key]
        waiting[0] += 1
        joined = waiting[0] > 1
        try:
            made = await asyncio.shield(task)
        finally:
            waiting[0] -= 1
            if not waiting[0] and not task.done():
                self._making.pop(key, None)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        return structs.replace(made, cached=True) if joined else made


def key_of(*parts: object) -> str:
    """Equal parts, equal key; whatever msgspec can encode."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = msgspec.json.encode(part, order="deterministic")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()
