"""Remembers the vectors of texts, which depend on nothing but model and text."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.text_shares import shares
from banyan.proxy.ports.embedder import Embedder, Embedding, Input

_OVERHEAD_BYTES = 300
"""Of Python, for one entry."""


class VectorMemory:
    """Vectors by model and text, of all tenants, within a bound of bytes; what was longest without use goes first.

    No caller can read a text out of it. By the time of an answer one could tell that somebody has sent the very same
    text before; where even that is too much, give it no room.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._rows: OrderedDict[bytes, tuple[NDArray[np.float32], int]] = OrderedDict()
        self.bytes_used = 0

    def get(self, key: bytes) -> tuple[NDArray[np.float32], int] | None:
        """The vector, and the tokens that its text has."""
        found = self._rows.get(key)
        if found is not None:
            self._rows.move_to_end(key)
        return found

    def put(self, key: bytes, vector: NDArray[np.float32], tokens: int) -> None:
        """What is larger than all the room is not kept."""
        size = vector.nbytes + _OVERHEAD_BYTES
        if key in self._rows or size > self._most_bytes:
            return
        while self.bytes_used + size > self._most_bytes:
            _, (gone, _) = self._rows.popitem(last=False)
            self.bytes_used -= gone.nbytes + _OVERHEAD_BYTES
        self._rows[key] = (vector.copy(), tokens)
        self.bytes_used += size


class Remembered:
    """An embedder around another. model: the name that its vectors are remembered by, with the provider's in it."""

    def __init__(self, embedder: Embedder, memory: VectorMemory, model: str) -> None:
        self._embedder = embedder
        self._memory = memory
        self._model = model

    @property
    def name(self) -> str:
        """As the embedder's."""
        return self._embedder.name

    @property
    def dimensions(self) -> int | None:
        """As the embedder's."""
        return self._embedder.dimensions

    @property
    def max_tokens(self) -> int | None:
        """As the embedder's."""
        return self._embedder.max_tokens

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """As the port says; only texts that are not remembered are embedded, each of them once."""
        keys = [self._key(text) for text in texts]
        known = {key: row for key in keys if (row := self._memory.get(key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if not known and len(new) == len(keys):
            found = await self._embedder.embed(texts, urgent=urgent)
            self._learn(keys, texts, found)
            return found
        fresh: dict[bytes, tuple[NDArray[np.float32], int]] = {}
        if new:
            found = await self._embedder.embed(list(new.values()), urgent=urgent)
            self._learn(list(new), list(new.values()), found)
            told = shares(found.tokens, list(new.values()))
            fresh = dict(zip(new, zip(found.vectors, told, strict=True), strict=True))
        rows = [known.get(key) or fresh[key] for key in keys]
        tokens = sum(count for _, count in rows)
        paid = sum(count for _, count in fresh.values())
        return Embedding(np.stack([vector for vector, _ in rows]), tokens, spared=tokens - paid)

    def knows(self, texts: Sequence[Input]) -> bool:
        """Whether nobody has to be asked for any of them."""
        return all(self._memory.get(self._key(text)) is not None for text in texts)

    async def close(self) -> None:
        """Closes the embedder."""
        await self._embedder.close()

    def _learn(self, keys: Sequence[bytes], texts: Sequence[Input], found: Embedding) -> None:
        for key, vector, tokens in zip(keys, found.vectors, shares(found.tokens, texts), strict=True):
            self._memory.put(key, vector, tokens)

    def _key(self, text: Input) -> bytes:
        kind, data = (
            (b"t", text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else (b"i", repr(text).encode())
        )
        name = self._model.encode("utf-8", "surrogatepass")
        return blake2b(b"%d:%b%b%b" % (len(name), name, kind, data), digest_size=20).digest()
