"""The embedder of a deployment, behind the circuit breaker of that deployment."""

import asyncio
from collections.abc import Sequence

from banyan.kernel.errors import DeadlineExceeded, UpstreamFailed
from banyan.proxy.ports.embedder import Embedder, Embedding, Input
from banyan.proxy.wrappers.guarded import Guarded

_HAS_NONE = (404, 405, 501)


class GuardedEmbedder:
    """Stands inmost, below batches: what counts is a call to the upstream, however many callers share it.

    first_byte: seconds that a call may take, since the first byte of vectors is also their last; None leaves it to the
    embedder. A model that has no vectors is left to say so, without its breaker opening for chat as well.
    owned: whether closing it closes the embedder.
    """

    def __init__(self, embedder: Embedder, guard: Guarded, *, first_byte: float | None, owned: bool) -> None:
        self._embedder = embedder
        self._guard = guard
        self._first_byte = first_byte
        self._owned = owned
        self._dimensions = embedder.dimensions

    @property
    def name(self) -> str:
        """As the embedder's."""
        return self._embedder.name

    @property
    def dimensions(self) -> int | None:
        """As the embedder says, or as its answers had them."""
        return self._dimensions

    @property
    def max_tokens(self) -> int | None:
        """As the embedder's."""
        return self._embedder.max_tokens

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """As the port says. Raises also: what `Guarded.ask` raises."""
        found = await self._guard.ask(lambda: self._in_time(texts, urgent), self._has_none)
        if texts:
            self._dimensions = found.vectors.shape[1]
        return found

    async def close(self) -> None:
        """Closes the embedder where it is this deployment's alone."""
        if self._owned:
            await self._embedder.close()

    def _has_none(self, error: BaseException) -> bool:
        return self._dimensions is None and isinstance(error, UpstreamFailed) and error.status in _HAS_NONE

    async def _in_time(self, texts: Sequence[Input], urgent: bool) -> Embedding:
        try:
            async with asyncio.timeout(self._first_byte):
                return await self._embedder.embed(texts, urgent=urgent)
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{self._guard.name} gave no vectors within {self._first_byte} s; send fewer texts or try again.",
                code="first_byte_timeout",
            ) from error
