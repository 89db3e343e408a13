"""Exam locks in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, or_, select, update

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.exam_tables import exam_locks
from banyan.assistant.domain.admission import ExamLock, LockRecord

_TOPIC = "exam_locks"
_COLUMNS = exam_locks.c
_learners = msgspec.json.Decoder(frozenset[str])


class SqlExamLocks:
    """The store over the table `exam_locks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def standing(self, now: datetime) -> Sequence[LockRecord]:
        """As the port says."""
        query = select(exam_locks).where(_in_force(now)).order_by(_COLUMNS.since, _COLUMNS.id)
        return await self._database.read(_found, query)

    async def of_course(self, tenant: str, course: str) -> Sequence[LockRecord]:
        """As the port says."""
        query = select(exam_locks).where(_COLUMNS.tenant == tenant, _COLUMNS.course == course)
        return await self._database.read(_found, query.order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc()))

    async def add(self, record: LockRecord) -> LockRecord:
        """As the port says."""
        return await self._database.write(_add, record)

    async def lift(self, tenant: str, course: str, id: str | None, by: str, now: datetime) -> Sequence[str]:
        """As the port says."""
        return await self._database.write(_lift, tenant, course, id, by, now)


def _in_force(now: datetime) -> Any:
    """Those that are open now or will be."""
    return _COLUMNS.lifted_at.is_(None) & or_(_COLUMNS.until.is_(None), _COLUMNS.until > now)


def _found(connection: Connection, query: Any) -> list[LockRecord]:
    return [_record(row) for row in connection.execute(query)]


def _add(connection: Connection, record: LockRecord) -> LockRecord:
    lock(connection, _TOPIC, record.tenant, record.course)
    query = select(exam_locks).where(
        _COLUMNS.tenant == record.tenant, _COLUMNS.course == record.course, _in_force(record.at)
    )
    for standing in _found(connection, query):
        if standing.lock.says_as(record.lock):
            return standing
    new = record.lock
    connection.execute(
        insert(exam_locks).values(
            tenant=record.tenant,
            id=new.id,
            course=record.course,
            since=new.since,
            until=new.until,
            learners_json=None if new.learners is None else msgspec.json.encode(sorted(new.learners)).decode(),
            reason=new.reason,
            by=record.by,
            at=record.at,
        )
    )
    mark_changed(connection, _TOPIC)
    return record


def _lift(connection: Connection, tenant: str, course: str, id: str | None, by: str, now: datetime) -> list[str]:
    where = (_COLUMNS.tenant == tenant) & (_COLUMNS.course == course) & _in_force(now)
    if id is not None:
        where &= _COLUMNS.id == id
    change = update(exam_locks).where(where).values(lifted_by=by, lifted_at=now).returning(_COLUMNS.id)
    lifted = sorted(connection.execute(change).scalars())
    if lifted:
        mark_changed(connection, _TOPIC)
    return lifted


def _record(row: Row[Any]) -> LockRecord:
    learners = None if row.learners_json is None else _learners.decode(row.learners_json)
    lock = ExamLock(row.id, row.since, row.until, learners, row.reason)
    return LockRecord(row.tenant, row.course, lock, row.by, row.at, row.lifted_by or "", row.lifted_at)
