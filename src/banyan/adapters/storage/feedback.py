"""Feedback in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.teaching_tables import feedback
from banyan.assistant.domain.feedback import Feedback, Rating, Reason, Remedy

_REASONS = msgspec.json.Decoder(tuple[Reason, ...])


class SqlFeedback:
    """The store of feedback on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, given: Feedback) -> None:
        """As the port says."""
        await self._database.write(_put, given)

    async def one(self, tenant: str, message: str) -> Feedback | None:
        """As the port says."""
        found = await self._database.read(_all, _is(tenant, message), 1)
        return found[0] if found else None

    async def of_session(self, tenant: str, session: str) -> Sequence[Feedback]:
        """As the port says."""
        return await self._database.read(_all, (feedback.c.tenant == tenant) & (feedback.c.session == session), 1000)

    async def queue(
        self, tenant: str, course: str, *, rating: Rating | None, resolved: bool | None, limit: int
    ) -> Sequence[Feedback]:
        """As the port says."""
        wanted = (feedback.c.tenant == tenant) & (feedback.c.course == course)
        if rating is not None:
            wanted &= feedback.c.rating == rating.value
        if resolved is not None:
            wanted &= feedback.c.resolved.is_not(None) if resolved else feedback.c.resolved.is_(None)
        return await self._database.read(_all, wanted, limit)

    async def remove(self, tenant: str, message: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, message)


def _put(connection: Connection, given: Feedback) -> None:
    made: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {column.name: getattr(given, column.name) for column in feedback.columns if column.name != "reasons_json"}
    values |= {
        "rating": given.rating.value,
        "action": "" if given.action is None else given.action.value,
        "reasons_json": msgspec.json.encode(given.reasons).decode(),
    }
    changed = {name: value for name, value in values.items() if name not in ("tenant", "message", "created")}
    row = made(feedback).values(**values)
    connection.execute(row.on_conflict_do_update(index_elements=[feedback.c.tenant, feedback.c.message], set_=changed))


def _all(connection: Connection, wanted: Any, limit: int) -> list[Feedback]:
    settled = case((feedback.c.resolved.is_(None), 0), else_=1)
    query = select(feedback).where(wanted).order_by(settled, feedback.c.updated.desc(), feedback.c.message).limit(limit)
    return [_feedback(row) for row in connection.execute(query)]


def _remove(connection: Connection, tenant: str, message: str) -> bool:
    return bool(connection.execute(delete(feedback).where(_is(tenant, message))).rowcount)


def _is(tenant: str, message: str) -> Any:
    return (feedback.c.tenant == tenant) & (feedback.c.message == message)


def _feedback(row: Row[Any]) -> Feedback:
    values = dict(row._mapping)
    reasons = _REASONS.decode(values.pop("reasons_json"))
    action = Remedy(row.action) if row.action else None
    return Feedback(**{**values, "rating": Rating(row.rating), "action": action}, reasons=reasons)
