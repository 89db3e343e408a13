"""Reads the library from SQL."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import ColumnElement, Connection, case, exists, func, select

from banyan.adapters.storage.days import day_of
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.library_filters import admitted
from banyan.adapters.storage.library_rows import (
    PASSAGE,
    PUBLISHED,
    RUN,
    SOURCE_TEXT,
    batches,
    to_passage,
    to_run,
    to_source_text,
    within,
)
from banyan.adapters.storage.library_tables import chunks, runs, sources, versions
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Passage, Scope
from banyan.proxy.domain.library import Coverage, LessonLine, Run, SourceText
from banyan.proxy.domain.search_options import Filters
from banyan.proxy.ports.vector_store import Only

_HELD = 1024
"""Passages, with about 4 kB each; a lesson has twenty."""
_STANDING = (
    select(chunks.c.id, chunks.c.version_id)
    .join(versions, versions.c.id == chunks.c.version_id)
    .join(sources, PUBLISHED)
)
_FIRST_BODY = case((sources.c.source == LESSON_SOURCE, 0), else_=1)


class SqlLibraryReader:
    """Implements `LibraryReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shelf = _Shelf()

    async def passages(self, tenant: str, ids: Sequence[str]) -> dict[str, Passage]:
        """The published chunks among `ids`."""
        return await self._database.read(_passages, tenant, ids, self._shelf)

    async def all_passages(self, scope: Scope) -> list[Passage]:
        """Lesson by lesson in course order; in each its body first, then attachments as they came."""
        return await self._database.read(_all_passages, scope)

    async def knows(self, scope: Scope) -> bool:
        """Whether anything is published in the scope."""
        return await self._database.read(_knows, scope)

    async def admitted(self, scope: Scope, filters: Filters) -> Only:
        """What of the scope the filters admit."""
        return await self._database.read(admitted, scope, filters)

    async def text(self, scope: Scope) -> SourceText | None:
        """One source; without a name the lesson's own body, or else the attachment that came first."""
        return await self._database.read(_text, scope)

    async def courses(self, tenant: str) -> list[str]:
        """Courses that have anything published."""
        return await self._database.read(_courses, tenant)

    async def lessons(self, tenant: str, course: str, *, for_learners: bool = False) -> list[LessonLine]:
        """One query over the sources, body first, and their chunks."""
        return await self._database.read(_lessons, Scope(tenant, course, for_learners=for_learners))

    async def coverage(self, tenant: str, course: str | None) -> list[Coverage]:
        """One grouped query."""
        return await self._database.read(_coverage, tenant, course)

    async def embedded(
        self, tenant: str, course: str | None, since: datetime, until: datetime
    ) -> list[tuple[str, int]]:
        """One grouped query, over what is published."""
        return await self._database.read(_embedded, tenant, course, since, until)

    async def runs(self, tenant: str, course: str | None, limit: int) -> list[Run]:
        """Newest first; ids sort by birth."""
        return await self._database.read(_runs, tenant, course, limit)

    async def run(self, tenant: str, id: str) -> Run | None:
        """One run."""
        return await self._database.read(_run, tenant, id)

    async def index_version(self, tenant: str, course: str) -> str | None:
        """Implements `IndexVersions`."""
        return await self._database.read(_index_version, tenant, course)


class _Shelf:
    """Passages that were read lately. What a version says never changes, so only whether it is published is asked."""

    def __init__(self) -> None:
        self._held: LRUCache[tuple[str, str, int], Passage] = LRUCache(_HELD)
        self._lock = Lock()

    def get(self, tenant: str, id: str, version: int) -> Passage | None:
        """A chunk of a version."""
        with self._lock:
            return self._held.get((tenant, id, version))

    def put(self, tenant: str, version: int, passage: Passage) -> None:
        """Keeps it until others are asked for more."""
        with self._lock:
            self._held[tenant, passage.chunk_id, version] = passage


def _passages(connection: Connection, tenant: str, ids: Sequence[str], shelf: _Shelf) -> dict[str, Passage]:
    found, missing = dict[str, Passage](), dict[str, int]()
    for part in batches(ids, 500):
        for id, version in connection.execute(_STANDING.where(chunks.c.tenant == tenant, chunks.c.id.in_(part))):
            passage = shelf.get(tenant, id, version)
            if passage is None:
                missing[id] = version
            else:
                found[id] = passage
    for part in batches(list(missing), 500):
        for row in connection.execute(PASSAGE.where(chunks.c.tenant == tenant, chunks.c.id.in_(part))):
            found[row.id] = passage = to_passage(row)
            shelf.put(tenant, missing[row.id], passage)
    return found


def _all_passages(connection: Connection, scope: Scope) -> list[Passage]:
    statement = PASSAGE.where(within(scope)).order_by(_FIRST_BODY, sources.c.id, chunks.c.ordinal)
    position = _positions(connection, scope)
    found = [to_passage(row) for row in connection.execute(statement)]
    found.sort(key=lambda passage: position[passage.lesson])
    return found


def _positions(connection: Connection, scope: Scope) -> dict[str, int]:
    first = select(sources.c.lesson, func.min(sources.c.id)).where(within(Scope(scope.tenant, scope.course)))
    rows = connection.execute(first.group_by(sources.c.lesson))
    return {row[0]: row[1] for row in rows}


def _knows(connection: Connection, scope: Scope) -> bool:
    anything = select(exists().where(within(scope), sources.c.published.is_not(None)))
    return bool(connection.execute(anything).scalar_one())


def _index_version(connection: Connection, tenant: str, course: str) -> str | None:
    # Ids are never given twice and numbers only grow: equal sums over equally many sources are the same sources.
    # While vectors are being made, searches find other passages from one moment to the next.
    course_runs = (runs.c.tenant == tenant, runs.c.course == course)
    growing = select(func.count()).where(*course_runs, runs.c.status == "running").scalar_subquery()
    statement = select(
        func.count(sources.c.published), func.count(), func.max(sources.c.id), func.sum(sources.c.published), growing
    ).where(within(Scope(tenant, course)))
    state = connection.execute(statement).one()
    return ".".join(map(str, state)) if state[0] else None


def _text(connection: Connection, scope: Scope) -> SourceText | None:
    statement = SOURCE_TEXT.where(within(scope)).order_by(_FIRST_BODY, sources.c.id).limit(1)
    row = connection.execute(statement).first()
    return to_source_text(row) if row else None


def _courses(connection: Connection, tenant: str) -> list[str]:
    statement = select(sources.c.course).where(sources.c.tenant == tenant, sources.c.published.is_not(None))
    return list(connection.execute(statement.distinct().order_by(sources.c.course)).scalars())


def _lessons(connection: Connection, scope: Scope) -> list[LessonLine]:
    statement = (
        select(
            sources.c.lesson,
            versions.c.title,
            versions.c.chapter,
            func.count(chunks.c.id),
            func.count(chunks.c.embedded_by),
        )
        .join(versions, PUBLISHED)
        .outerjoin(chunks, chunks.c.version_id == versions.c.id)
        .where(within(scope))
        .group_by(sources.c.id, versions.c.id)
        .order_by(_FIRST_BODY, sources.c.id)
    )
    course, position = scope.course, _positions(connection, scope)
    rows = connection.execute(statement).all()
    lines: dict[str, LessonLine] = {}
    for lesson, title, chapter, count, embedded in rows:
        seen = lines.get(lesson, LessonLine(course, lesson, title, chapter, 0, 0))
        lines[lesson] = LessonLine(
            course, lesson, seen.title, seen.chapter, seen.chunks + count, seen.embedded + embedded
        )
    return sorted(lines.values(), key=lambda line: position[line.lesson])


def _of(tenant: str, course: str | None) -> list[ColumnElement[bool]]:
    return [sources.c.tenant == tenant, *([] if course is None else [sources.c.course == course])]


def _coverage(connection: Connection, tenant: str, course: str | None) -> list[Coverage]:
    statement = (
        select(sources.c.course, sources.c.lesson, func.count(chunks.c.id), func.count(chunks.c.embedded_by))
        .join(versions, PUBLISHED)
        .join(chunks, chunks.c.version_id == versions.c.id)
        .where(*_of(tenant, course))
        .group_by(sources.c.course, sources.c.lesson)
        .order_by(sources.c.course, sources.c.lesson)
    )
    return [Coverage(*row) for row in connection.execute(statement)]


def _embedded(
    connection: Connection, tenant: str, course: str | None, since: datetime, until: datetime
) -> list[tuple[str, int]]:
    day = day_of(connection, versions.c.indexed_at)
    statement = (
        select(day, func.count())
        .select_from(sources)
        .join(versions, PUBLISHED)
        .join(chunks, chunks.c.version_id == versions.c.id)
        .where(*_of(tenant, course), chunks.c.embedded_by.is_not(None))
        .where(versions.c.indexed_at >= since, versions.c.indexed_at < until)
        .group_by(day)
        .order_by(day)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _runs(connection: Connection, tenant: str, course: str | None, limit: int) -> list[Run]:
    statement = RUN.where(runs.c.tenant == tenant).order_by(runs.c.started_at.desc(), runs.c.id.desc())
    if course is not None:
        statement = statement.where(runs.c.course == course)
    return [to_run(row) for row in connection.execute(statement.limit(limit))]


def _run(connection: Connection, tenant: str, id: str) -> Run | None:
    row = connection.execute(RUN.where(runs.c.tenant == tenant, runs.c.id == id)).first()
    return to_run(row) if row else None
