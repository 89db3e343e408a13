"""Policies, pauses and presets in the SQL database."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.policy_tables import policy_versions
from banyan.assistant.domain.policy_versions import Key, Kind, Version

_TOPIC = "policies"
_COLUMNS = policy_versions.c
_KEY = (_COLUMNS.tenant, _COLUMNS.kind, _COLUMNS.course, _COLUMNS.item)


class SqlPolicies:
    """The policy store over the tables `policy_versions` and `changes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(self, after: int) -> tuple[int, Sequence[Version]]:
        """As the port says."""
        return await self._database.read(_changes, after)

    async def history(self, key: Key, limit: int) -> Sequence[Version]:
        """As the port says."""
        return await self._database.read(_history, key, limit)

    async def add(self, version: Version, seen: int) -> bool:
        """As the port says."""
        return await self._database.write(_add, version, seen)


def _changes(connection: Connection, after: int) -> tuple[int, list[Version]]:
    change = last_change(connection, _TOPIC)
    if change == after:
        return change, []
    newest = select(*_KEY, func.max(_COLUMNS.number).label("number")).group_by(*_KEY)
    if after > 0:
        newest = newest.where(_COLUMNS.change > after)
    found = newest.subquery()
    same = [column == found.c[column.name] for column in (*_KEY, _COLUMNS.number)]
    query = select(policy_versions).join(found, same[0] & same[1] & same[2] & same[3] & same[4])
    return change, [_version(row) for row in connection.execute(query.order_by(_COLUMNS.change))]


def _history(connection: Connection, key: Key, limit: int) -> list[Version]:
    query = select(policy_versions).where(*_of(key)).order_by(_COLUMNS.number.desc()).limit(limit)
    return [_version(row) for row in connection.execute(query)]


def _of(key: Key) -> list[Any]:
    values = (key.tenant, key.kind.value, key.course, key.item)
    return [column == value for column, value in zip(_KEY, values, strict=True)]


def _add(connection: Connection, version: Version, seen: int) -> bool:
    lock(connection, _TOPIC)
    if last_change(connection, _TOPIC) != seen:
        return False
    mark_changed(connection, _TOPIC)
    key = version.key
    connection.execute(
        insert(policy_versions).values(
            tenant=key.tenant,
            kind=key.kind.value,
            course=key.course,
            item=key.item,
            number=version.number,
            change=last_change(connection, _TOPIC),
            body_json=None if version.body is None else msgspec.json.encode(version.body).decode(),
            at=version.at,
            by=version.by,
            note=version.note,
        )
    )
    return True


def _version(row: Row[Any]) -> Version:
    found = row._mapping
    body = found["body_json"]
    return Version(
        Key(found["tenant"], Kind(found["kind"]), found["course"], found["item"]),
        found["number"],
        None if body is None else msgspec.json.decode(body),
        found["at"],
        found["by"],
        found["note"],
    )
