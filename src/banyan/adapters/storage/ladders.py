"""Ladders of hints in the SQL database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, case, insert, select, update

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.tables import Moment, metadata
from banyan.assistant.ports.ladders import Ladder

hint_ladders = Table(
    "hint_ladders",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("lesson", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("question", Text, nullable=False),
    Column("step", Integer, nullable=False, comment="the last hint that was given; the first is 1"),
    Column("used", Moment, nullable=False),
    Index(None, "tenant", "user", "course", "lesson", "used"),
)


class SqlLadders:
    """The port over `hint_ladders`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: str, user: str, course: str, lesson: str, limit: int) -> Sequence[Ladder]:
        """As the port says."""
        return await self._database.read(_of, (tenant, user, course, lesson), limit)

    async def climb(self, tenant: str, user: str, course: str, lesson: str, ladder: Ladder, now: datetime) -> None:
        """As the port says."""
        await self._database.write(_climb, (tenant, user, course, lesson), ladder, now)


def _at(place: tuple[str, str, str, str]) -> Any:
    columns = hint_ladders.c
    pairs = zip((columns.tenant, columns.user, columns.course, columns.lesson), place, strict=True)
    first, *rest = [column == value for column, value in pairs]
    for one in rest:
        first = first & one
    return first


def _of(connection: Connection, place: tuple[str, str, str, str], limit: int) -> list[Ladder]:
    columns = hint_ladders.c
    query = select(columns.task, columns.question, columns.step).where(_at(place)).order_by(columns.used.desc())
    return [Ladder(*row) for row in connection.execute(query.limit(limit))]


def _climb(connection: Connection, place: tuple[str, str, str, str], ladder: Ladder, now: datetime) -> None:
    lock(connection, "hint ladders", *place)
    columns = hint_ladders.c
    higher = case((columns.step < ladder.step, ladder.step), else_=columns.step)
    mine = _at(place) & (columns.task == ladder.task)
    if not connection.execute(update(hint_ladders).where(mine).values(step=higher, used=now)).rowcount:
        tenant, user, course, lesson = place
        connection.execute(
            insert(hint_ladders).values(
                tenant=tenant,
                user=user,
                course=course,
                lesson=lesson,
                task=ladder.task,
                question=ladder.question,
                step=ladder.step,
                used=now,
            )
        )
