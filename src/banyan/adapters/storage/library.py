"""Keeps lessons, their versions and chunks, and the runs that indexed them, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from banyan.adapters.storage.library_backlog import SqlBacklog, count_vectors
from banyan.adapters.storage.library_reader import SqlLibraryReader
from banyan.adapters.storage.library_rows import (
    PUBLISHED,
    chunk_values,
    version_values,
    within,
)
from banyan.adapters.storage.library_tables import chunks, runs, sources, versions
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.library import Deleted, Edition
from banyan.proxy.ports.library import Begun
from banyan.proxy.ports.vector_store import TextPoint

_UNFINISHED = runs.c.status.in_(("queued", "running"))


class SqlLibrary(SqlLibraryReader, SqlBacklog):
    """Implements `Library`."""

    async def begin(self, edition: Edition, run: str, now: datetime) -> Begun | None:
        """One transaction that reads what is published and writes what is new."""
        scope = edition.scope
        async with self._database.writing() as connection:
            source = await self._source(connection, scope)
            before = (await connection.execute(_published_version(source))).first()
            ids = [chunk.id for chunk in edition.chunks]
            old_ids = await _chunk_ids(connection, before.id) if before else []
            values = version_values(edition)
            if before and ids == old_ids and all(before._mapping[name] == value for name, value in values.items()):
                await _note_same(connection, before.id, edition, run, now)
                return None
            await self._drop_unpublished(connection, source, now)
            number = 1 + (await connection.execute(_highest_number(source))).scalar_one()
            version = await _insert_version(connection, scope.tenant, source, number, run, values, now)
            text = edition.document.text
            rows = [chunk_values(scope.tenant, version, at, chunk, text) for at, chunk in enumerate(edition.chunks)]
            await connection.execute(insert(chunks), rows)
            known = set(old_ids)
            unchanged = sum(id in known for id in ids)
            await connection.execute(insert(runs), _run(edition, run, version, "queued", unchanged, now))
        points = tuple(TextPoint(one.id, scope, one.indexed_text) for one in edition.chunks if one.id not in known)
        return Begun(version, run, scope, points)

    async def _source(self, connection: AsyncConnection, scope: Scope) -> int:
        found = (await connection.execute(select(sources.c.id).where(within(scope)))).scalar_one_or_none()
        if found is not None:
            return int(found)
        values = {"tenant": scope.tenant, "course": scope.course, "lesson": scope.lesson, "source": scope.source}
        made = await connection.execute(insert(sources).values(values).returning(sources.c.id))
        return int(made.scalar_one())

    async def _drop_unpublished(self, connection: AsyncConnection, source: int, now: datetime) -> None:
        left = select(versions.c.id).join(sources, versions.c.source_id == sources.c.id).where(sources.c.id == source)
        left = left.where(or_(sources.c.published.is_(None), versions.c.number > sources.c.published))
        for version in (await connection.execute(left)).scalars().all():
            await _fail(connection, runs.c.version_id == version, "A later indexing took its place.", now)
            await connection.execute(delete(versions).where(versions.c.id == version))

    async def publish(self, version: int, now: datetime, *, awaits_vectors: bool) -> list[str] | None:
        """Points the source at the version, carries marks over, drops the version before, and moves the run on."""
        async with self._database.writing() as connection:
            own = select(versions.c.source_id, versions.c.number).where(versions.c.id == version)
            found = (await connection.execute(own)).first()
            if found is None:
                return None
            before = (await connection.execute(_published_version(found.source_id))).first()
            gone: list[str] = []
            if before is not None:
                await _carry_marks(connection, before.id, version)
                gone = await _ids_gone(connection, before.id, version)
            moved = update(sources).where(sources.c.id == found.source_id).values(published=found.number)
            await connection.execute(moved)
            if before is not None:
                await connection.execute(delete(versions).where(versions.c.id == before.id))
                finished = update(runs).where(runs.c.version_id == before.id, _UNFINISHED)
                await connection.execute(finished.values(status="complete", ended_at=now))
            await connection.execute(update(runs).where(runs.c.version_id == version).values(status="running"))
            await count_vectors(connection, [version], now)
            if not awaits_vectors:
                done = update(runs).where(runs.c.version_id == version, _UNFINISHED)
                await connection.execute(done.values(status="complete", ended_at=now))
        return gone

    async def withdraw(self, version: int, reason: str, now: datetime) -> bool:
        """Drops what is not visible, and the source with it when nothing else is there."""
        async with self._database.writing() as connection:
            own = select(versions.c.source_id).join(sources, versions.c.source_id == sources.c.id)
            hidden = or_(sources.c.published.is_(None), versions.c.number > sources.c.published)
            source = (await connection.execute(own.where(versions.c.id == version, hidden))).scalar_one_or_none()
            if source is None:
                return False
            await _fail(connection, runs.c.version_id == version, reason, now)
            await connection.execute(delete(versions).where(versions.c.id == version))
            empty = ~exists().where(versions.c.source_id == sources.c.id)
            await connection.execute(delete(sources).where(sources.c.id == source, empty))
        return True

    async def unpublished(self) -> list[Begun]:
        """Oldest first."""
        hidden = or_(sources.c.published.is_(None), versions.c.number > sources.c.published)
        statement = (
            select(versions.c.id, versions.c.run_id, sources)
            .join(sources, versions.c.source_id == sources.c.id)
            .where(hidden)
            .order_by(versions.c.id)
        )
        async with self._database.reading() as connection:
            found = []
            for row in (await connection.execute(statement)).all():
                version, run, source, *place, _ = row
                scope = Scope(*place)
                before = (await connection.execute(_published_version(source))).first()
                known = set(await _chunk_ids(connection, before.id)) if before else set()
                own = select(chunks.c.id, chunks.c.indexed_text).where(chunks.c.version_id == version)
                rows = (await connection.execute(own)).all()
                points = tuple(TextPoint(id, scope, text) for id, text in rows if id not in known)
                found.append(Begun(version, run, scope, points))
        return found

    async def delete(self, scope: Scope, now: datetime) -> Deleted:
        """Sources take their versions and chunks with them."""
        async with self._database.writing() as connection:
            what = select(
                func.count(sources.c.lesson.distinct()), func.count(sources.c.id.distinct()), func.count(chunks.c.id)
            )
            what = what.join_from(sources, versions, PUBLISHED).outerjoin(chunks, chunks.c.version_id == versions.c.id)
            lessons, count, chunk_count = (await connection.execute(what.where(within(scope)))).one()
            await connection.execute(delete(sources).where(within(scope)))
            own = [runs.c.tenant == scope.tenant, runs.c.course == scope.course]
            if scope.lesson is not None:
                own.append(runs.c.lesson == scope.lesson)
            if scope.source is not None:
                own.append(runs.c.source == scope.source)
            await _fail(connection, and_(*own), "It was deleted before all was done.", now)
        return Deleted(lessons, count, chunk_count)


def _published_version(source: int) -> Any:
    return select(versions).join(sources, PUBLISHED).where(sources.c.id == source)


def _highest_number(source: int) -> Any:
    return select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.source_id == source)


async def _chunk_ids(connection: AsyncConnection, version: int) -> list[str]:
    ordered = select(chunks.c.id).where(chunks.c.version_id == version).order_by(chunks.c.ordinal)
    return list((await connection.execute(ordered)).scalars())


async def _insert_version(
    connection: AsyncConnection,
    tenant: str,
    source: int,
    number: int,
    run: str,
    values: dict[str, Any],
    now: datetime,
) -> int:
    own = {"tenant": tenant, "source_id": source, "number": number, "run_id": run, "indexed_at": now}
    made = await connection.execute(insert(versions).values(own | values).returning(versions.c.id))
    return int(made.scalar_one())


def _run(edition: Edition, run: str, version: int, status: str, unchanged: int, now: datetime) -> dict[str, Any]:
    scope = edition.scope
    return {
        "tenant": scope.tenant,
        "id": run,
        "course": scope.course,
        "lesson": scope.lesson,
        "source": scope.source,
        "version_id": version,
        "status": status,
        "chunks": len(edition.chunks),
        "unchanged": unchanged,
        "embedded": 0,
        "started_at": now,
    }


async def _note_same(connection: AsyncConnection, version: int, edition: Edition, run: str, now: datetime) -> None:
    """A run that changed nothing: as complete as the run that published the version."""
    running = select(exists().where(runs.c.version_id == version, runs.c.status == "running"))
    is_running = (await connection.execute(running)).scalar_one()
    await connection.execute(insert(runs), _run(edition, run, version, "running", len(edition.chunks), now))
    await count_vectors(connection, [version], now)
    if not is_running:
        done = update(runs).where(runs.c.tenant == edition.scope.tenant, runs.c.id == run)
        await connection.execute(done.values(status="complete", ended_at=now))


async def _fail(connection: AsyncConnection, which: Any, reason: str, now: datetime) -> None:
    failed = update(runs).where(which, _UNFINISHED)
    await connection.execute(failed.values(status="failed", error=reason, ended_at=now))


async def _carry_marks(connection: AsyncConnection, before: int, version: int) -> None:
    """What was embedded by now in the version before counts as embedded in the new one."""
    old = chunks.alias("old")
    mark = select(old.c.embedded_by).where(
        old.c.tenant == chunks.c.tenant, old.c.id == chunks.c.id, old.c.version_id == before
    )
    marked = update(chunks).where(chunks.c.version_id == version).values(embedded_by=mark.scalar_subquery())
    await connection.execute(marked)


async def _ids_gone(connection: AsyncConnection, before: int, version: int) -> list[str]:
    kept = select(chunks.c.id).where(chunks.c.version_id == version)
    gone = select(chunks.c.id).where(chunks.c.version_id == before, chunks.c.id.not_in(kept))
    return list((await connection.execute(gone)).scalars())
