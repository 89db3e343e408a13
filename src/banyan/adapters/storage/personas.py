"""Personas in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.persona_tables import personas
from banyan.assistant.domain.persona import Persona
from banyan.assistant.ports.persona_store import Change, KeptPersona

_KEPT = 20
_READ = msgspec.json.Decoder(Persona)


class SqlPersonas:
    """The store over `personas`, on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, tenant: str, user: str) -> KeptPersona | None:
        """As the port says."""
        found = await self._database.read(_newest, tenant, user, 1)
        return found[0] if found else None

    async def history(self, tenant: str, user: str) -> Sequence[KeptPersona]:
        """As the port says."""
        return await self._database.read(_newest, tenant, user, _KEPT)

    async def change(self, tenant: str, user: str, change: Change, at: datetime, by: str) -> KeptPersona:
        """As the port says."""
        return await self._database.write(_change, tenant, user, change, at, by)

    async def remove(self, tenant: str, user: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, user)


def _is(tenant: str, user: str) -> ColumnElement[bool]:
    return (personas.c.tenant == tenant) & (personas.c.user == user)


def _newest(connection: Connection, tenant: str, user: str, limit: int) -> list[KeptPersona]:
    query = select(personas).where(_is(tenant, user)).order_by(personas.c.version.desc()).limit(limit)
    return [_kept(row) for row in connection.execute(query)]


def _change(connection: Connection, tenant: str, user: str, change: Change, at: datetime, by: str) -> KeptPersona:
    lock(connection, "personas", tenant, user)
    found = _newest(connection, tenant, user, 1)
    before = found[0] if found else None
    after = change(Persona() if before is None else before.persona)
    if before is not None and before.persona == after:
        return before
    kept = KeptPersona(after, 1 if before is None else before.version + 1, at, by)
    body = msgspec.json.encode(after).decode()
    connection.execute(
        insert(personas).values(tenant=tenant, user=user, version=kept.version, body_json=body, at=at, by=by)
    )
    connection.execute(delete(personas).where(_is(tenant, user), personas.c.version <= kept.version - _KEPT))
    return kept


def _remove(connection: Connection, tenant: str, user: str) -> bool:
    lock(connection, "personas", tenant, user)
    return bool(connection.execute(delete(personas).where(_is(tenant, user))).rowcount)


def _kept(row: Row[Any]) -> KeptPersona:
    found = row._mapping
    return KeptPersona(_READ.decode(found["body_json"]), found["version"], found["at"], found["by"])
