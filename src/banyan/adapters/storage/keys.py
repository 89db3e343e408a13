"""Virtual keys in the SQL database."""

import secrets as chance
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.key_tables import EVERYBODY, keys, rate_limits, secrets
from banyan.kernel.identity import Role
from banyan.proxy.domain.keys import LimitRule, Limits, StoredKey, VirtualKey

_TOPIC = "keys"
_SIGNING = "browser tokens"
_SAME = (
    "tenant",
    "id",
    "name",
    "user",
    "all_tenants",
    "shown",
    "old_until",
    "expires_at",
    "revoked_at",
    "rotated_at",
    "created_at",
    "created_by",
    "last_used_at",
)
"""Fields of a key that are columns as they are."""
_LIMITS = ("requests_per_minute", "tokens_per_minute", "parallel")


class SqlKeys:
    """The key store over the tables `keys`, `secrets` and `changes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def all(self) -> Sequence[StoredKey]:
        """As the port says."""
        return await self._database.read(_all)

    async def get(self, tenant: str, id: str) -> StoredKey | None:
        """As the port says."""
        return await self._database.read(_get, tenant, id)

    async def put(self, stored: StoredKey) -> None:
        """As the port says."""
        await self._database.write(_put, stored)

    async def rules(self) -> Sequence[LimitRule]:
        """As the port says."""
        return await self._database.read(_rules)

    async def put_rule(self, rule: LimitRule) -> None:
        """As the port says."""
        await self._database.write(_put_rule, rule)

    async def used(self, times: Mapping[tuple[str, str], datetime]) -> None:
        """As the port says."""
        await self._database.write(_used, times)

    async def signing_secret(self) -> bytes:
        """As the port says."""
        return bytes.fromhex(await self._database.write(_signing_secret))


def _all(connection: Connection) -> list[StoredKey]:
    return [_stored(row) for row in connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id))]


def _get(connection: Connection, tenant: str, id: str) -> StoredKey | None:
    row = connection.execute(select(keys).where(keys.c.tenant == tenant, keys.c.id == id)).one_or_none()
    return None if row is None else _stored(row)


def _put(connection: Connection, stored: StoredKey) -> None:
    key = stored.key
    connection.execute(delete(keys).where(keys.c.tenant == key.tenant, keys.c.id == key.id))
    connection.execute(
        insert(keys).values(
            **{name: getattr(key, name) for name in _SAME},
            **{name: getattr(key.limits, name) for name in _LIMITS},
            hash=stored.hash,
            old_hash=stored.old_hash,
            roles_json=_json(key.roles),
            scopes_json=_json(key.scopes),
            models_json=None if key.models is None else _json(key.models),
            courses_json=None if key.courses is None else _json(key.courses),
        )
    )
    mark_changed(connection, _TOPIC)


def _rules(connection: Connection) -> list[LimitRule]:
    rows = connection.execute(select(rate_limits).order_by(*rate_limits.primary_key.columns))
    return [
        LimitRule(row.tenant, row.kind, row.subject, Limits(*(row._mapping[name] for name in _LIMITS))) for row in rows
    ]


def _put_rule(connection: Connection, rule: LimitRule) -> None:
    columns = rate_limits.c
    mine = (columns.tenant == rule.tenant) & (columns.kind == rule.kind) & (columns.subject == rule.subject)
    connection.execute(delete(rate_limits).where(mine))
    if rule.limits.any:
        values = {name: getattr(rule.limits, name) for name in _LIMITS}
        row = insert(rate_limits).values(tenant=rule.tenant, kind=rule.kind, subject=rule.subject, **values)
        connection.execute(row)
    mark_changed(connection, _TOPIC)


def _used(connection: Connection, times: Mapping[tuple[str, str], datetime]) -> None:
    for (tenant, id), at in sorted(times.items()):
        connection.execute(update(keys).where(keys.c.tenant == tenant, keys.c.id == id).values(last_used_at=at))


def _signing_secret(connection: Connection) -> str:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = make(secrets).values(tenant=EVERYBODY, name=_SIGNING, value=chance.token_hex(32))
    connection.execute(fresh.on_conflict_do_nothing())
    where = (secrets.c.tenant == EVERYBODY) & (secrets.c.name == _SIGNING)
    found: str = connection.execute(select(secrets.c.value).where(where)).scalar_one()
    return found


def _stored(row: Row[Any]) -> StoredKey:
    found = row._mapping
    key = VirtualKey(
        **{name: found[name] for name in _SAME},
        roles=frozenset(Role(role) for role in _list(found["roles_json"])),
        scopes=frozenset(_list(found["scopes_json"])),
        models=None if found["models_json"] is None else frozenset(_list(found["models_json"])),
        courses=None if found["courses_json"] is None else frozenset(_list(found["courses_json"])),
        limits=Limits(*(found[name] for name in _LIMITS)),
    )
    return StoredKey(key, found["hash"], found["old_hash"])


def _json(names: frozenset[Any]) -> str:
    return msgspec.json.encode(sorted(str(name) for name in names)).decode()


def _list(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
