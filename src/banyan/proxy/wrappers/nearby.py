"""Remembers which questions the cache has answers to, and finds one that asks the same in other words."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from banyan.kernel.errors import BanyanError
from banyan.kernel.same_question import ask_the_same
from banyan.proxy.ports.embedder import Embedder

MOST_IN_PARTITION, MOST_IN_ALL = 200, 10_000
"""Questions; each takes about 2 kB, and those of a partition are all compared."""
_SECONDS_TO_EMBED = 0.25
"""Some 50 times what a question needs; a model that is still being loaded takes longer, and nobody waits for it."""
_Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Near:
    """key: of the stored answer. similarity: cosine of the two questions."""

    key: str
    similarity: float


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    vector: _Vector
    ends: float


class Nearby:
    """Of this process alone, also where the answers are shared in Redis.

    similarity: cosine that two questions must have. fault: why questions are not embedded at the moment, or None.
    now: seconds on any clock that does not go back.
    """

    def __init__(
        self,
        embedder: Embedder,
        similarity: float,
        *,
        in_partition: int = MOST_IN_PARTITION,
        in_all: int = MOST_IN_ALL,
        seconds: float = _SECONDS_TO_EMBED,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._embedder = embedder
        self._similarity = similarity
        self._in_partition, self._in_all = in_partition, in_all
        self._seconds = seconds
        self._now = now
        self._partitions: OrderedDict[str, OrderedDict[str, _Known]] = OrderedDict()
        self.size = 0
        self.fault: str | None = None

    async def find(self, partition: str, question: str) -> Near | None:
        """The most similar question that asks the same. Embeds only where the partition has questions."""
        if not self._living(partition):
            return None
        vector = await self._embedded(question)
        known = self._living(partition)
        if vector is None or not known:
            return None
        self._partitions.move_to_end(partition)
        keys = list(known)
        likeness = np.stack([known[key].vector for key in keys]) @ vector
        for place in np.argsort(-likeness):
            if likeness[place] < self._similarity:
                return None
            if ask_the_same(question, known[keys[place]].text):
                return Near(keys[place], float(likeness[place]))
        return None

    async def add(self, partition: str, question: str, key: str, seconds: float) -> None:
        """An answer to the question is stored under the key for so long. The longest unused go where room is needed."""
        vector = await self._embedded(question)
        if vector is None:
            return
        self.forget(partition, key)
        known = self._partitions.setdefault(partition, OrderedDict())
        self._partitions.move_to_end(partition)
        known[key] = _Known(question, vector, self._now() + seconds)
        self.size += 1
        if len(known) > self._in_partition:
            self.forget(partition, next(iter(known)))
        while self.size > self._in_all:
            oldest = next(iter(self._partitions))
            self.forget(oldest, next(iter(self._partitions[oldest])))

    def forget(self, partition: str, key: str) -> None:
        """The answer is no longer there."""
        known = self._partitions.get(partition)
        if known is None or known.pop(key, None) is None:
            return
        self.size -= 1
        if not known:
            del self._partitions[partition]

    def drop(self, prefix: str) -> None:
        """Every question of the partitions that begin so."""
        for partition in [partition for partition in self._partitions if partition.startswith(prefix)]:
            self.size -= len(self._partitions.pop(partition))

    def _living(self, partition: str) -> OrderedDict[str, _Known] | None:
        """The partition without what has expired."""
        known, now = self._partitions.get(partition), self._now()
        for key in [key for key, one in (known or {}).items() if one.ends <= now]:
            self.forget(partition, key)
        return self._partitions.get(partition)

    async def _embedded(self, question: str) -> _Vector | None:
        """In a thread of the embedder. None where that fails or takes too long, and then `fault` says so."""
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._embedder.embed([question], urgent=True)
        except TimeoutError:
            self.fault = "the embedding model does not answer in time"
            return None
        except BanyanError as error:
            self.fault = error.message
            return None
        self.fault = None
        vector: _Vector = found.vectors[0]
        return vector
