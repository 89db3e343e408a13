"""Makes the index of a lesson anew from what is stored of it, and the vectors that are missing."""

from collections.abc import AsyncIterator

from banyan.kernel.errors import Conflict
from banyan.proxy.domain.knowledge import Document, Scope
from banyan.proxy.ports.stock import Stock, StoredSource
from banyan.proxy.ports.vector_store import VectorStore
from banyan.proxy.usecases.embed_backlog import EmbedBacklog
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.recover import LibraryAndBacklog, index_again

_PART = 500


class RenewIndex:
    """The use case; each call may be repeated."""

    def __init__(
        self, indexer: Indexer, library: LibraryAndBacklog, stock: Stock, store: VectorStore, backlog: EmbedBacklog
    ) -> None:
        self._indexer = indexer
        self._library = library
        self._stock = stock
        self._store = store
        self._backlog = backlog

    async def rebuild(self, scope: Scope) -> int:
        """Cuts every source of the lesson anew and has all its vectors made anew; says how many chunks there are.

        What is indexed meanwhile is newer, and stays.
        """
        for source in await self._stock.sources(scope):
            try:
                await self._indexer.index(_order(scope.tenant, source))
            except Conflict:
                continue
        chunks = await self._stock.chunks(scope)
        for start in range(0, len(chunks), _PART):
            await index_again(self._library, self._store, chunks[start : start + _PART])
        self._backlog.call()
        return len(chunks)

    async def embed(self, tenant: str, course: str | None) -> AsyncIterator[int]:
        """Has vectors made where those of the present model are missing; yields how many are missing, 0 at last.

        Raises: Unavailable with what is in their way.
        """
        embedder = self._backlog.embedder.name
        foreign = await self._stock.foreign(tenant, course, embedder)
        for start in range(0, len(foreign), _PART):
            await self._library.mark_not_embedded(foreign[start : start + _PART])
        while True:
            rounds = self._backlog.rounds
            missing = await self._stock.lacking(tenant, course, embedder)
            yield missing
            if not missing:
                return
            self._backlog.call(urgent=True)
            trouble = await self._backlog.progressed(rounds)
            if trouble is not None:
                raise trouble


def _order(tenant: str, stored: StoredSource) -> Order:
    text = stored.text
    return Order(
        Scope(tenant, text.course, text.lesson, text.source),
        Document(text.text, text.blocks, text.source_type, text.title),
        title=text.title,
        chapter=text.chapter,
        url=text.url,
        metadata=stored.metadata,
        staff_only=stored.staff_only,
        replaces=text.version,
    )
