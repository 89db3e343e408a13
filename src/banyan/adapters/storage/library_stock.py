"""What the library holds of a scope, in SQL."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.library_rows import PUBLISHED, SOURCE_TEXT, to_source_text, within
from banyan.adapters.storage.library_tables import chunks, sources, versions
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.library import Kept
from banyan.proxy.ports.stock import StoredSource


class SqlStock:
    """Implements `Stock`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sources(self, scope: Scope) -> list[StoredSource]:
        """As the port says."""
        return await self._database.read(_sources, scope)

    async def chunks(self, scope: Scope) -> list[Kept]:
        """As the port says."""
        return await self._database.read(_kept, _published(_KEPT).where(within(scope)))

    async def lacking(self, tenant: str, course: str | None, embedder: str) -> int:
        """As the port says."""
        missing = or_(chunks.c.embedded_by.is_(None), chunks.c.embedded_by != embedder)
        counted = _published(select(func.count()).select_from(chunks)).where(_within(tenant, course), missing)
        return await self._database.read(lambda connection: int(connection.execute(counted).scalar_one()))

    async def foreign(self, tenant: str, course: str | None, embedder: str) -> list[Kept]:
        """As the port says."""
        query = _published(_KEPT).where(_within(tenant, course), chunks.c.embedded_by != embedder)
        return await self._database.read(_kept, query)


_KEPT = select(chunks.c.tenant, chunks.c.version_id, chunks.c.id, chunks.c.embedded_by)


def _published(query: Select[Any]) -> Select[Any]:
    return query.join(versions, versions.c.id == chunks.c.version_id).join(sources, PUBLISHED)


def _within(tenant: str, course: str | None) -> ColumnElement[bool]:
    return sources.c.tenant == tenant if course is None else within(Scope(tenant, course))


def _kept(connection: Connection, query: Select[Any]) -> list[Kept]:
    return [Kept(*row) for row in connection.execute(query)]


def _sources(connection: Connection, scope: Scope) -> list[StoredSource]:
    query = (
        SOURCE_TEXT.add_columns(versions.c.metadata_json, versions.c.staff_only)
        .where(within(scope))
        .order_by(sources.c.id)
    )
    found = []
    for row in connection.execute(query):
        *text, metadata, staff_only = row
        found.append(StoredSource(to_source_text(text), msgspec.json.decode(metadata), staff_only))
    return found
