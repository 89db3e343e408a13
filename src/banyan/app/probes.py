"""How readiness looks at what the services lean on."""

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import text

from banyan.adapters.embedders.minilm import MiniLM
from banyan.adapters.storage.engine import Database
from banyan.edge.http.health import Finding, Probe
from banyan.kernel.errors import Unavailable
from banyan.kernel.identity import DEFAULT_TENANT
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.vector_store import VectorStore

if TYPE_CHECKING:
    from banyan.app.redis_client import SharedRedis

_LOADING_SECONDS = 1
"""Loading the model may take longer than whoever asks for readiness waits."""


def database_probe(database: Database) -> Probe:
    """Whether the database answers."""

    async def look() -> Finding:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
        return Finding("ok")

    return look


def store_probe(store: VectorStore, summary: str) -> Probe:
    """Whether the index answers; says which one it is."""

    async def look() -> Finding:
        await store.count(Scope(DEFAULT_TENANT, ""))
        return Finding("ok", f"{summary}.")

    return look


def embedder_probe(embedder: MiniLM) -> Probe:
    """Whether the model is loaded; without it words alone are searched, which still answers."""

    async def look() -> Finding:
        try:
            async with asyncio.timeout(_LOADING_SECONDS):
                await embedder.warm()
        except TimeoutError:
            return Finding("degraded", "The embedding model is being loaded; until then words alone are searched.")
        except Unavailable as error:
            return Finding("degraded", f"Words alone are searched: {error.message}")
        return Finding("ok")

    return look


def redis_probe(redis: "SharedRedis") -> Probe:
    """Whether Redis answers; without it each process goes on with its own state."""
    from banyan.app.redis_client import ping

    async def look() -> Finding:
        try:
            await ping(redis)
        except Unavailable as error:
            return Finding("degraded", error.message)
        return Finding("ok")

    return look
