"""The knowledge part of the proxy, opened in a folder with its real database and its real index."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from private_servers import migrated_sqlite

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.library import SqlLibrary
from banyan.adapters.vectors import VECTORS
from banyan.app.wiring import open_locks
from banyan.kernel.clock import SystemClock
from banyan.proxy.domain.knowledge import Block, Document, Scope, Span
from banyan.proxy.domain.library import Run
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.vector_store import StoreNeeds, VectorStore
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.embed_backlog import EmbedBacklog
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.rerank import Rerank
from banyan.proxy.usecases.retrieve import Retriever


def document(*paragraphs: str, title: str = "") -> Document:
    """Paragraphs as blocks; one that begins with `# ` is a heading."""
    blocks: list[Block] = []
    heading: tuple[str, ...] = ()
    anchor, start = "", 0
    texts = []
    for paragraph in paragraphs:
        text = paragraph.removeprefix("# ")
        span = Span(start, start + len(text))
        if text != paragraph:
            anchor = text.casefold().replace(" ", "-")
            blocks.append(Block("heading", span, 2, (), anchor))
            heading = (text,)
        else:
            blocks.append(Block("paragraph", span, 0, heading, anchor))
        texts.append(text)
        start = span.end + 2
    return Document("\n\n".join(texts), tuple(blocks), "text", title)


def lesson(name: str, course: str = "biology", tenant: str = "oak", source: str | None = None) -> Scope:
    return Scope(tenant, course, name, source)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Returns as soon as the condition holds; fails when it never does."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in a database or in a process
            await asyncio.sleep(0.005)


@dataclass
class House:
    """What wiring would hand to the edge."""

    indexer: Indexer
    retriever: Retriever
    browse: Browse
    library: SqlLibrary
    store: VectorStore
    database: Database
    backlog: EmbedBacklog | None

    async def index(self, scope: Scope, *paragraphs: str, title: str = "", wait: bool = False) -> Run:
        return await self.indexer.index(Order(scope, document(*paragraphs), title=title, wait=wait))

    async def found(self, query: str, scope: Scope | None = None, limit: int = 10) -> list[str]:
        """Texts of the passages that hold a word of the query, best first."""
        result = await self.retriever.search(scope or Scope("oak", "biology"), query, limit=limit, mode="text")
        return [passage.text for passage in result.passages]

    async def repaired_and_embedded(self) -> None:
        """Returns when a start has done all it had to."""
        await self.indexer.delete(Scope("oak", "no course"))
        await self.all_embedded()

    async def all_embedded(self) -> None:
        """Returns when nothing waits for vectors."""

        async def empty() -> bool:
            return not await self.library.waiting((0, -1), 1)

        await until(empty)


@asynccontextmanager
async def open_house(
    folder: Path,
    embedder: Embedder | None,
    dimensions: int = 32,
    *,
    rerank: Rerank | None = None,
    database_url: str | None = None,
    vectors: str = "edge",
) -> AsyncIterator[House]:
    """database_url: None for SQLite in the folder. vectors: a store of the catalogue that needs no other server."""
    url = database_url or migrated_sqlite(folder)
    async with AsyncExitStack() as stack:
        database = await open_database(url)
        stack.push_async_callback(database.close)
        store = await VECTORS[vectors].open(StoreNeeds(folder / "vectors", url), dimensions)
        stack.push_async_callback(store.close)
        library = SqlLibrary(database)
        clock = SystemClock()
        locks = open_locks(database, stack)
        backlog = EmbedBacklog(library, store, embedder, clock, locks) if embedder else None
        indexer = Indexer(library, store, backlog, clock, locks)
        await stack.enter_async_context(indexer.running())
        yield House(
            indexer,
            Retriever(library, store, embedder, rerank=rerank),
            Browse(library),
            library,
            store,
            database,
            backlog,
        )
