"""Reads the library from SQL."""

from collections.abc import Sequence

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from banyan.adapters.storage.engine import Database
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
from banyan.proxy.domain.library import LessonLine, Run, SourceText

_FIRST_BODY = case((sources.c.source == LESSON_SOURCE, 0), else_=1)


class SqlLibraryReader:
    """Implements `LibraryReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def passages(self, tenant: str, ids: Sequence[str]) -> dict[str, Passage]:
        """The published chunks among `ids`."""
        found = {}
        async with self._database.reading() as connection:
            for part in batches(ids, 500):
                wanted = PASSAGE.where(chunks.c.tenant == tenant, chunks.c.id.in_(part))
                for row in await connection.execute(wanted):
                    found[row.id] = to_passage(row)
        return found

    async def all_passages(self, scope: Scope) -> list[Passage]:
        """Lesson by lesson in course order; in each its body first, then attachments as they came."""
        statement = PASSAGE.where(within(scope)).order_by(_FIRST_BODY, sources.c.id, chunks.c.ordinal)
        async with self._database.reading() as connection:
            position = await self._positions(connection, scope)
            found = [to_passage(row) for row in await connection.execute(statement)]
        found.sort(key=lambda passage: position[passage.lesson])
        return found

    async def _positions(self, connection: AsyncConnection, scope: Scope) -> dict[str, int]:
        first = select(sources.c.lesson, func.min(sources.c.id)).where(within(Scope(scope.tenant, scope.course)))
        rows = await connection.execute(first.group_by(sources.c.lesson))
        return {row[0]: row[1] for row in rows}

    async def knows(self, scope: Scope) -> bool:
        """Whether anything is published in the scope."""
        anything = select(exists().where(within(scope), sources.c.published.is_not(None)))
        async with self._database.reading() as connection:
            return bool((await connection.execute(anything)).scalar_one())

    async def text(self, scope: Scope) -> SourceText | None:
        """One source; without a name the lesson's own body, or else the attachment that came first."""
        statement = SOURCE_TEXT.where(within(scope)).order_by(_FIRST_BODY, sources.c.id).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).first()
        return to_source_text(row) if row else None

    async def courses(self, tenant: str) -> list[str]:
        """Courses that have anything published."""
        statement = select(sources.c.course).where(sources.c.tenant == tenant, sources.c.published.is_not(None))
        async with self._database.reading() as connection:
            return list((await connection.execute(statement.distinct().order_by(sources.c.course))).scalars())

    async def lessons(self, tenant: str, course: str) -> list[LessonLine]:
        """One query over the sources, body first, and their chunks."""
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
            .where(within(Scope(tenant, course)))
            .group_by(sources.c.id, versions.c.id)
            .order_by(_FIRST_BODY, sources.c.id)
        )
        async with self._database.reading() as connection:
            position = await self._positions(connection, Scope(tenant, course))
            rows = (await connection.execute(statement)).all()
        lines: dict[str, LessonLine] = {}
        for lesson, title, chapter, count, embedded in rows:
            seen = lines.get(lesson, LessonLine(course, lesson, title, chapter, 0, 0))
            lines[lesson] = LessonLine(
                course, lesson, seen.title, seen.chapter, seen.chunks + count, seen.embedded + embedded
            )
        return sorted(lines.values(), key=lambda line: position[line.lesson])

    async def runs(self, tenant: str, course: str | None, limit: int) -> list[Run]:
        """Newest first; ids sort by birth."""
        statement = RUN.where(runs.c.tenant == tenant).order_by(runs.c.started_at.desc(), runs.c.id.desc())
        if course is not None:
            statement = statement.where(runs.c.course == course)
        async with self._database.reading() as connection:
            return [to_run(row) for row in await connection.execute(statement.limit(limit))]

    async def run(self, tenant: str, id: str) -> Run | None:
        """One run."""
        async with self._database.reading() as connection:
            row = (await connection.execute(RUN.where(runs.c.tenant == tenant, runs.c.id == id))).first()
        return to_run(row) if row else None
