"""Rosters in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.roster_tables import rosters
from banyan.assistant.domain.roster import Member

_TOPIC = "rosters"
_members = msgspec.json.Decoder(list[Member])


class SqlRosters:
    """The store over the table `rosters`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def roster(self, tenant: str, course: str) -> Sequence[Member] | None:
        """As the port says."""
        return await self._database.read(_roster, tenant, course)

    async def put(self, tenant: str, course: str, members: Sequence[Member], by: str, now: datetime) -> None:
        """As the port says."""
        row = {"members_json": msgspec.json.encode(list(members)).decode(), "by": by, "at": now}
        await self._database.write(_put, {"tenant": tenant, "course": course}, row)

    async def remove(self, tenant: str, course: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, course)


def _roster(connection: Connection, tenant: str, course: str) -> list[Member] | None:
    query = select(rosters.c.members_json).where(rosters.c.tenant == tenant, rosters.c.course == course)
    found = connection.scalar(query)
    return None if found is None else _members.decode(found)


def _put(connection: Connection, key: dict[str, Any], row: dict[str, Any]) -> None:
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(rosters).values(**key, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "course"], set_=row))
    mark_changed(connection, _TOPIC)


def _remove(connection: Connection, tenant: str, course: str) -> bool:
    where = (rosters.c.tenant == tenant) & (rosters.c.course == course)
    gone = connection.execute(delete(rosters).where(where)).rowcount > 0
    if gone:
        mark_changed(connection, _TOPIC)
    return gone
