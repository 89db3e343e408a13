"""Keeps lessons, their versions and chunks, and the runs that indexed them, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from banyan.adapters.storage.library_backlog import SqlBacklog, count_vectors
from banyan.adapters.storage.library_locks import lock_course, lock_courses_of
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
    """Implements `Library`. What changes a course locks it first, since it writes what follows from what it reads."""

    async def begin(self, edition: Edition, run: str, now: datetime) -> Begun | None:
        """One transaction that reads what is published and writes what is new."""
        return await self._database.write(_begin, edition, run, now)

    async def publish(self, version: int, now: datetime, *, awaits_vectors: bool) -> list[str] | None:
        """Points the source at the version, carries marks over, drops the version before, and moves the run on."""
        return await self._database.write(_publish, version, now, awaits_vectors=awaits_vectors)

    async def withdraw(self, version: int, reason: str, now: datetime) -> bool:
        """Drops what is not visible, and the source with it when nothing else is there."""
        return await self._database.write(_withdraw, version, reason, now)

    async def unpublished(self) -> list[Begun]:
        """Oldest first."""
        return await self._database.read(_unpublished)

    async def delete(self, scope: Scope, now: datetime) -> Deleted:
        """Sources take their versions and chunks with them."""
        return await self._database.write(_delete, scope, now)


_PLACE = (sources.c.id, sources.c.tenant, sources.c.course, sources.c.lesson, sources.c.source)


def _begin(connection: Connection, edition: Edition, run: str, now: datetime) -> Begun | None:
    scope = edition.scope
    lock_course(connection, scope.tenant, scope.course)
    ids = [chunk.id for chunk in edition.chunks]
    values = version_values(edition)
    number, old_ids = 1, list[str]()
    source = connection.execute(select(sources.c.id).where(within(scope))).scalar_one_or_none()
    if source is None:
        place = {"tenant": scope.tenant, "course": scope.course, "lesson": scope.lesson, "source": scope.source}
        source = connection.execute(insert(sources).values(place).returning(sources.c.id)).scalar_one()
    else:
        before = connection.execute(_published_version(source)).first()
        old_ids = _chunk_ids(connection, before.id) if before else []
        if (
            before
            and not edition.anew
            and ids == old_ids
            and all(before._mapping[name] == value for name, value in values.items())
        ):
            _note_same(connection, before.id, edition, run, now)
            return None
        _drop_unpublished(connection, source, now)
        number += connection.execute(_highest_number(source)).scalar_one()
    if edition.staff_only:  # also what is seen until the new version is
        connection.execute(update(sources).where(sources.c.id == source).values(staff_only=True))
    version = _insert_version(connection, scope.tenant, source, number, run, values, now)
    text = edition.document.text
    rows = [chunk_values(scope.tenant, version, at, chunk, text) for at, chunk in enumerate(edition.chunks)]
    connection.execute(insert(chunks), rows)
    known = set(old_ids)
    unchanged = sum(id in known for id in ids)
    connection.execute(insert(runs), _run(edition, run, version, "queued", unchanged, now))
    points = tuple(TextPoint(one.id, scope, one.indexed_text) for one in edition.chunks if one.id not in known)
    return Begun(version, run, scope, points)


def _drop_unpublished(connection: Connection, source: int, now: datetime) -> None:
    left = select(versions.c.id).join(sources, versions.c.source_id == sources.c.id).where(sources.c.id == source)
    left = left.where(or_(sources.c.published.is_(None), versions.c.number > sources.c.published))
    for version in connection.execute(left).scalars().all():
        _fail(connection, runs.c.version_id == version, "A later indexing took its place.", now)
        connection.execute(delete(versions).where(versions.c.id == version))


def _publish(connection: Connection, version: int, now: datetime, *, awaits_vectors: bool) -> list[str] | None:
    lock_courses_of(connection, [version])
    own = select(versions.c.source_id, versions.c.number, versions.c.staff_only).where(versions.c.id == version)
    found = connection.execute(own).first()
    if found is None:
        return None
    before = connection.execute(_published_version(found.source_id)).first()
    seen = update(sources).where(sources.c.id == found.source_id)
    connection.execute(seen.values(published=found.number, staff_only=found.staff_only))
    gone: list[str] = []
    if before is not None:
        _carry_marks(connection, before.id, version)
        gone = _ids_gone(connection, before.id, version)
        connection.execute(delete(versions).where(versions.c.id == before.id))
        finished = update(runs).where(runs.c.version_id == before.id, _UNFINISHED)
        connection.execute(finished.values(status="complete", ended_at=now))
    own_runs = update(runs).where(runs.c.version_id == version)
    if awaits_vectors:
        connection.execute(own_runs.values(status="running"))
    else:
        connection.execute(own_runs.values(status="complete", ended_at=now))
    if before is not None:
        count_vectors(connection, [version], now)
    return gone


def _withdraw(connection: Connection, version: int, reason: str, now: datetime) -> bool:
    lock_courses_of(connection, [version])
    own = select(versions.c.source_id).join(sources, versions.c.source_id == sources.c.id)
    hidden = or_(sources.c.published.is_(None), versions.c.number > sources.c.published)
    source = connection.execute(own.where(versions.c.id == version, hidden)).scalar_one_or_none()
    if source is None:
        return False
    _fail(connection, runs.c.version_id == version, reason, now)
    connection.execute(delete(versions).where(versions.c.id == version))
    empty = ~exists().where(versions.c.source_id == sources.c.id)
    connection.execute(delete(sources).where(sources.c.id == source, empty))
    return True


def _unpublished(connection: Connection) -> list[Begun]:
    hidden = or_(sources.c.published.is_(None), versions.c.number > sources.c.published)
    statement = (
        select(versions.c.id, versions.c.run_id, *_PLACE)
        .join(sources, versions.c.source_id == sources.c.id)
        .where(hidden)
        .order_by(versions.c.id)
    )
    found = []
    for row in connection.execute(statement).all():
        version, run, source, *place = row
        scope = Scope(*place)
        before = connection.execute(_published_version(source)).first()
        known = set(_chunk_ids(connection, before.id)) if before else set()
        own = select(chunks.c.id, chunks.c.indexed_text).where(chunks.c.version_id == version)
        rows = connection.execute(own).all()
        points = tuple(TextPoint(id, scope, text) for id, text in rows if id not in known)
        found.append(Begun(version, run, scope, points))
    return found


def _delete(connection: Connection, scope: Scope, now: datetime) -> Deleted:
    lock_course(connection, scope.tenant, scope.course)
    what = select(func.count(sources.c.lesson.distinct()), func.count(sources.c.id.distinct()), func.count(chunks.c.id))
    what = what.join_from(sources, versions, PUBLISHED).outerjoin(chunks, chunks.c.version_id == versions.c.id)
    lessons, count, chunk_count = connection.execute(what.where(within(scope))).one()
    connection.execute(delete(sources).where(within(scope)))
    own = [runs.c.tenant == scope.tenant, runs.c.course == scope.course]
    if scope.lesson is not None:
        own.append(runs.c.lesson == scope.lesson)
    if scope.source is not None:
        own.append(runs.c.source == scope.source)
    _fail(connection, and_(*own), "It was deleted before all was done.", now)
    return Deleted(lessons, count, chunk_count)


def _published_version(source: int) -> Any:
    return select(versions).join(sources, PUBLISHED).where(sources.c.id == source)


def _highest_number(source: int) -> Any:
    return select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.source_id == source)


def _chunk_ids(connection: Connection, version: int) -> list[str]:
    ordered = select(chunks.c.id).where(chunks.c.version_id == version).order_by(chunks.c.ordinal)
    return list(connection.execute(ordered).scalars())


def _insert_version(
    connection: Connection,
    tenant: str,
    source: int,
    number: int,
    run: str,
    values: dict[str, Any],
    now: datetime,
) -> int:
    own = {"tenant": tenant, "source_id": source, "number": number, "run_id": run, "indexed_at": now}
    made = connection.execute(insert(versions).values(own | values).returning(versions.c.id))
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


def _note_same(connection: Connection, version: int, edition: Edition, run: str, now: datetime) -> None:
    """A run that changed nothing: as complete as the run that published the version."""
    running = select(exists().where(runs.c.version_id == version, runs.c.status == "running"))
    is_running = connection.execute(running).scalar_one()
    connection.execute(insert(runs), _run(edition, run, version, "running", len(edition.chunks), now))
    count_vectors(connection, [version], now)
    if not is_running:
        done = update(runs).where(runs.c.tenant == edition.scope.tenant, runs.c.id == run)
        connection.execute(done.values(status="complete", ended_at=now))


def _fail(connection: Connection, which: Any, reason: str, now: datetime) -> None:
    failed = update(runs).where(which, _UNFINISHED)
    connection.execute(failed.values(status="failed", error=reason, ended_at=now))


def _carry_marks(connection: Connection, before: int, version: int) -> None:
    """What was embedded by now in the version before counts as embedded in the new one."""
    old = chunks.alias("old")
    mark = select(old.c.embedded_by).where(
        old.c.tenant == chunks.c.tenant, old.c.id == chunks.c.id, old.c.version_id == before
    )
    marked = update(chunks).where(chunks.c.version_id == version).values(embedded_by=mark.scalar_subquery())
    connection.execute(marked)


def _ids_gone(connection: Connection, before: int, version: int) -> list[str]:
    kept = select(chunks.c.id).where(chunks.c.version_id == version)
    gone = select(chunks.c.id).where(chunks.c.version_id == before, chunks.c.id.not_in(kept))
    return list(connection.execute(gone).scalars())
