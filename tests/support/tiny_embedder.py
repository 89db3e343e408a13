"""An embedding model small enough for tests: words that share letters lie near to each other."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from banyan.kernel.errors import Unavailable
from banyan.proxy.ports.embedder import Embedding

DIMENSIONS = 32


class TinyEmbedder:
    """Counts letter pairs. It can be made to fail, and background work waits while `gate` is closed.

    seen: the texts of background calls, in order. asked: set by the first of them.
    """

    dimensions = DIMENSIONS
    max_tokens = 256

    def __init__(self, name: str = "tiny") -> None:
        self.name = name
        self.seen: list[str] = []
        self.asked = asyncio.Event()
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def embed(self, texts: Sequence[object], *, urgent: bool = False) -> Embedding:
        if self.broken:
            raise Unavailable("The tiny model is broken; mend it.")
        if not urgent:
            self.seen.extend(map(str, texts))
            self.asked.set()
            await self.gate.wait()
        rows = np.stack([self._vector(str(text)) for text in texts])
        return Embedding(rows, sum(len(str(text)) for text in texts))

    def _vector(self, text: str) -> NDArray[np.float32]:
        row = np.full(DIMENSIONS, 0.01, np.float32)
        folded = text.casefold()
        for first, second in pairwise(folded):
            row[(ord(first) * 31 + ord(second)) % DIMENSIONS] += 1
        return (row / np.linalg.norm(row)).astype(np.float32)

    async def close(self) -> None:
        return None
