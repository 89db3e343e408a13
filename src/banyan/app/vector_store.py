"""Which vector store the settings mean."""

from contextlib import AsyncExitStack

from banyan.adapters.vectors import VECTORS
from banyan.app.settings import Settings
from banyan.kernel.errors import Conflict
from banyan.proxy.ports.vector_store import StoreNeeds, VectorStore, VectorStoreEntry
from banyan.proxy.usecases.keyed_locks import KeyedLocks


async def chosen_store(settings: Settings) -> tuple[VectorStoreEntry, StoreNeeds]:
    """Qdrant where QDRANT_URL is set, else pgvector where PostgreSQL has it, else the data folder.

    Raises: Unavailable when the PostgreSQL cannot be asked.
    """
    folder = settings.data / "vectors"
    if settings.qdrant_url is not None:
        key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
        return VECTORS["qdrant"], StoreNeeds(folder, settings.qdrant_url, key)
    if settings.database_path is None:
        from banyan.adapters.vectors.pgvector import is_there

        if await is_there(settings.database_address):
            return VECTORS["pgvector"], StoreNeeds(folder, settings.database_address)
    return VECTORS["edge"], StoreNeeds(folder)


async def open_store(
    settings: Settings, dimensions: int, locks: KeyedLocks, stack: AsyncExitStack
) -> tuple[VectorStoreEntry, VectorStore]:
    """The store in force, closed with the stack.

    Raises: Unavailable; Conflict when the store belongs to one process and another serves the same database.
    """
    entry, needs = await chosen_store(settings)
    if locks.shared and not entry.shared:
        # The database says which chunks the index holds; that can be true of one index only.
        if not await locks.claim("index in a data folder"):
            raise Conflict(
                "Another proxy on this PostgreSQL keeps the search index in its data folder; install pgvector 0.7 or "
                "newer, or set QDRANT_URL, so that several can share one.",
                code="index_not_shared",
            )
        stack.push_async_callback(locks.release, "index in a data folder")
    store = await entry.open(needs, dimensions)
    stack.push_async_callback(store.close)
    return entry, store
