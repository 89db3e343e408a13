"""Marked solutions in the SQL database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import ColumnElement, Connection, FromClause, and_, delete, func, insert, select

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.solution_tables import checked_answers, solution_tries, solutions
from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.domain.solutions import Solution
from banyan.assistant.ports.solution_store import Try

_TOPIC = "solutions"
_MOST_MESSAGES = 50_000


class SqlSolutions:
    """The store over `solutions`, `solution_tries` and `checked_answers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def all(self) -> Sequence[Solution]:
        """As the port says."""
        return await self._database.read(_all)

    async def put(self, tenant: str, course: str, lesson: str, marked: Sequence[Solution]) -> None:
        """As the port says."""
        await self._database.write(_put, tenant, course, lesson, marked)

    async def tried(self, one: Try) -> None:
        """As the port says; a turn that is answered anew is one try."""
        await self._database.write(_tried, one)

    async def tries(self, tenant: str, course: str, since: datetime) -> tuple[int, int]:
        """As the port says."""
        return await self._database.read(_tries, tenant, course, since)

    async def told(
        self, tenant: str, course: str, since: datetime, against: str, limit: int
    ) -> Sequence[tuple[StoredMessage, bool]]:
        """As the port says."""
        return await self._database.read(_told, tenant, course, since, against, limit)

    async def checked(self, tenant: str, against: str, found: Mapping[StoredMessage, bool]) -> None:
        """As the port says."""
        await self._database.write(_checked, tenant, against, found)

    async def leaked(self, tenant: str, course: str, since: datetime, against: str) -> tuple[int, int]:
        """As the port says."""
        return await self._database.read(_leaked, tenant, course, since, against)


def _all(connection: Connection) -> list[Solution]:
    rows = connection.execute(select(solutions).order_by(solutions.c.at, solutions.c.id))
    return [Solution(**row._mapping) for row in rows]


def _put(connection: Connection, tenant: str, course: str, lesson: str, marked: Sequence[Solution]) -> None:
    lock(connection, _TOPIC, tenant, course, lesson)
    of_lesson = and_(solutions.c.tenant == tenant, solutions.c.course == course, solutions.c.lesson == lesson)
    connection.execute(delete(solutions).where(of_lesson))
    if marked:
        connection.execute(insert(solutions), [structs.asdict(one) for one in marked])
    mark_changed(connection, _TOPIC)


def _tried(connection: Connection, one: Try) -> None:
    same = and_(solution_tries.c.tenant == one.tenant, solution_tries.c.message == one.message)
    connection.execute(delete(solution_tries).where(same))
    connection.execute(insert(solution_tries).values(structs.asdict(one)))


def _tries(connection: Connection, tenant: str, course: str, since: datetime) -> tuple[int, int]:
    columns = solution_tries.c
    found = select(columns.withheld, func.count()).group_by(columns.withheld)
    where = (columns.tenant == tenant) & (columns.course == course) & (columns.at >= since)
    counts: dict[Any, int] = {bool(row[0]): row[1] for row in connection.execute(found.where(where))}
    return sum(counts.values()), counts.get(True, 0)


def _answers(tenant: str, course: str, since: datetime, against: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Messages with what was found in them against this, and which of them are meant."""
    known = and_(
        checked_answers.c.tenant == messages.c.tenant,
        checked_answers.c.message == messages.c.id,
        checked_answers.c.against == against,
        checked_answers.c.created == messages.c.created,
    )
    of_session = and_(messages.c.tenant == sessions.c.tenant, messages.c.session == sessions.c.id)
    joined = sessions.join(messages, of_session).outerjoin(checked_answers, known)
    meant = and_(
        sessions.c.tenant == tenant,
        sessions.c.course == course,
        messages.c.created >= since,
        messages.c.role != "user",
    )
    return joined, meant


def _told(
    connection: Connection, tenant: str, course: str, since: datetime, against: str, limit: int
) -> list[tuple[StoredMessage, bool]]:
    joined, meant = _answers(tenant, course, since, against)
    unknown = and_(meant, checked_answers.c.message.is_(None))
    pending = select(sessions.c.id).select_from(joined).where(unknown).distinct().order_by(sessions.c.id).limit(limit)
    ids = connection.execute(pending).scalars().all()
    columns = messages.c
    query = (
        select(columns.id, columns.session, columns.position, columns.role, columns.content, columns.created)
        .add_columns(unknown.label("is_new"))
        .select_from(joined)
        .where(columns.tenant == tenant, columns.session.in_(ids))
        .order_by(columns.session, columns.position)
        .limit(_MOST_MESSAGES)
    )
    return [
        (
            StoredMessage(row.id, row.session, row.position, row.role, row.content, row.created),
            bool(row.is_new),
        )
        for row in (connection.execute(query) if ids else ())
    ]


def _checked(connection: Connection, tenant: str, against: str, found: Mapping[StoredMessage, bool]) -> None:
    lock(connection, "checked_answers", tenant)
    # A conversation may have been deleted meanwhile; those that are there stay until this is written.
    there = select(messages.c.id, messages.c.created).where(
        messages.c.tenant == tenant, messages.c.id.in_([message.id for message in found])
    )
    rows = connection.execute(there.with_for_update(read=True, key_share=True))
    given = {row.id: row.created for row in rows}
    kept = [(one, leaked) for one, leaked in found.items() if given.get(one.id) == one.created]
    columns = checked_answers.c
    connection.execute(delete(checked_answers).where(columns.tenant == tenant, columns.message.in_(list(given))))
    if kept:
        common = {"tenant": tenant, "against": against}
        new = [{**common, "message": one.id, "created": one.created, "leaked": leaked} for one, leaked in kept]
        connection.execute(insert(checked_answers), new)


def _leaked(connection: Connection, tenant: str, course: str, since: datetime, against: str) -> tuple[int, int]:
    joined, meant = _answers(tenant, course, since, against)
    leaked = checked_answers.c.leaked
    query = select(leaked, func.count()).select_from(joined).where(meant).group_by(leaked)
    counts: dict[Any, int] = {row[0]: row[1] for row in connection.execute(query)}
    return counts.get(True, 0), counts.get(None, 0)
