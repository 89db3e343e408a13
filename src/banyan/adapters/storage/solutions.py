"""Marked solutions in the SQL database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, and_, delete, func, insert, select

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.solution_tables import solution_tries, solutions
from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.domain.solutions import Solution
from banyan.assistant.ports.solution_store import Try

_TOPIC = "solutions"


class SqlSolutions:
    """The store over `solutions` and `solution_tries`."""

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

    async def said(
        self, tenant: str, course: str, since: datetime, limit: int
    ) -> Sequence[tuple[str, str, StoredMessage]]:
        """As the port says."""
        return await self._database.read(_said, tenant, course, since, limit)


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


def _said(
    connection: Connection, tenant: str, course: str, since: datetime, limit: int
) -> list[tuple[str, str, StoredMessage]]:
    joined = (messages.c.tenant == sessions.c.tenant) & (messages.c.session == sessions.c.id)
    columns = messages.c
    query = (
        select(sessions.c.lesson, sessions.c.user, columns.id, columns.session, columns.position, columns.role)
        .add_columns(columns.content, columns.created)
        .join(messages, joined)
        .where(sessions.c.tenant == tenant, sessions.c.course == course, columns.created >= since)
        .order_by(columns.session, columns.position)
        .limit(limit)
    )
    return [
        (row.lesson, row.user, StoredMessage(row.id, row.session, row.position, row.role, row.content, row.created))
        for row in connection.execute(query)
    ]
