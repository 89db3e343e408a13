"""Which chunks have vectors, in SQL; and with it how far their runs are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.library_locks import lock_courses_of
from banyan.adapters.storage.library_rows import PUBLISHED, batches, sentence_texts
from banyan.adapters.storage.library_tables import chunks, runs, sources, versions
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.library import Kept, Waiting
from banyan.proxy.ports.vector_store import TextPoint


class SqlBacklog:
    """Implements `Backlog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, after: tuple[int, int], limit: int) -> list[Waiting]:
        """Served by the index on `embedded_by`."""
        return await self._database.read(_waiting, after, limit)

    async def mark_embedded(self, chunks: Sequence[Waiting], embedder: str, now: datetime) -> None:
        """Rows that are gone stay gone: a mark belongs to the version that the text came from."""
        await self._database.write(_mark_embedded, chunks, embedder, now)

    async def mark_not_embedded(self, chunks: Sequence[Kept]) -> None:
        """Their runs keep the status they had; the vectors follow all the same."""
        await self._database.write(_mark_not_embedded, chunks)

    async def note_trouble(self, error: str | None) -> None:
        """Touches nothing when nothing changes."""
        await self._database.write(_note_trouble, error)

    async def kept(self) -> list[Kept]:
        """Chunks of visible versions."""
        return await self._database.read(_kept)

    async def points(self, chunks_kept: Sequence[Kept]) -> list[TextPoint]:
        """Texts of visible chunks."""
        return await self._database.read(_points, chunks_kept)


def _waiting(connection: Connection, after: tuple[int, int], limit: int) -> list[Waiting]:
    version, ordinal = after
    statement = (
        select(
            chunks.c.tenant,
            chunks.c.version_id,
            chunks.c.ordinal,
            chunks.c.id,
            chunks.c.indexed_text,
            chunks.c.start,
            chunks.c.text,
            chunks.c.sentences_json,
        )
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(sources, PUBLISHED)
        .where(chunks.c.embedded_by.is_(None), chunks.c.version_id >= version)
        .where(or_(chunks.c.version_id > version, chunks.c.ordinal > ordinal))
        .order_by(chunks.c.version_id, chunks.c.ordinal)
        .limit(limit)
    )
    return [
        Waiting(tenant, number, at, id, indexed_text, sentence_texts(start, text, spans))
        for tenant, number, at, id, indexed_text, start, text, spans in connection.execute(statement)
    ]


def _mark_embedded(connection: Connection, chunks: Sequence[Waiting], embedder: str, now: datetime) -> None:
    lock_courses_of(connection, sorted({one.version for one in chunks}))
    _mark(connection, [(one.tenant, one.id, one.version) for one in chunks], embedder)
    count_vectors(connection, sorted({one.version for one in chunks}), now)


def _mark_not_embedded(connection: Connection, chunks: Sequence[Kept]) -> None:
    lock_courses_of(connection, sorted({one.version for one in chunks}))
    _mark(connection, [(one.tenant, one.id, one.version) for one in chunks], None)


def _note_trouble(connection: Connection, error: str | None) -> None:
    running = update(runs).where(runs.c.status == "running", runs.c.error.is_distinct_from(error))
    connection.execute(running.values(error=error))


def _kept(connection: Connection) -> list[Kept]:
    statement = (
        select(chunks.c.tenant, chunks.c.version_id, chunks.c.id, chunks.c.embedded_by)
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(sources, PUBLISHED)
    )
    return [Kept(*row) for row in connection.execute(statement)]


def _points(connection: Connection, chunks_kept: Sequence[Kept]) -> list[TextPoint]:
    wanted = {(one.tenant, one.id, one.version) for one in chunks_kept}
    place = (sources.c.tenant, sources.c.course, sources.c.lesson, sources.c.source)
    statement = (
        select(chunks.c.id, chunks.c.version_id, chunks.c.indexed_text, *place)
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(sources, PUBLISHED)
    )
    found = []
    for part in batches(sorted({one.id for one in chunks_kept}), 500):
        for row in connection.execute(statement.where(chunks.c.id.in_(part))):
            id, version, text, *scope = row
            if (scope[0], id, version) in wanted:
                found.append(TextPoint(id, Scope(*scope), text))
    return found


def count_vectors(connection: Connection, of_versions: Sequence[int], now: datetime) -> None:
    """Brings `embedded` of the versions' runs up to date; a run is complete when nothing is missing."""
    counted = select(func.count(chunks.c.embedded_by)).where(chunks.c.version_id == runs.c.version_id)
    for part in batches(of_versions, 500):
        mine = runs.c.version_id.in_(part)
        connection.execute(update(runs).where(mine).values(embedded=counted.scalar_subquery()))
        full = update(runs).where(mine, runs.c.status == "running", runs.c.embedded == runs.c.chunks)
        connection.execute(full.values(status="complete", ended_at=now, error=None))


def _mark(connection: Connection, keys: Sequence[tuple[str, str, int]], embedder: str | None) -> None:
    if keys:
        one = update(chunks).where(
            chunks.c.tenant == bindparam("of_tenant"),
            chunks.c.id == bindparam("of_id"),
            chunks.c.version_id == bindparam("of_version"),
        )
        values = [
            {"of_tenant": tenant, "of_id": id, "of_version": version, "embedded_by": embedder}
            for tenant, id, version in keys
        ]
        connection.execute(one, values)
