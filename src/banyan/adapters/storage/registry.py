"""Deployments, aliases and zones of courses in the SQL database."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select

from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.key_tables import EVERYBODY
from banyan.adapters.storage.registry_tables import course_zones, registry_versions
from banyan.kernel.errors import Conflict
from banyan.proxy.domain.registry import CourseZone, Kind, Version

_TOPIC = "registry"
_COLUMNS = registry_versions.c


class SqlRegistry:
    """The registry store over the tables `registry_versions`, `course_zones` and `changes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def current(self) -> Sequence[Version]:
        """As the port says."""
        return await self._database.read(_current)

    async def history(self, kind: Kind, name: str) -> Sequence[Version]:
        """As the port says."""
        return await self._database.read(_history, kind, name)

    async def add(self, version: Version) -> None:
        """As the port says."""
        await self._database.write(_add, version)

    async def zones(self) -> Sequence[CourseZone]:
        """As the port says."""
        return await self._database.read(_zones)

    async def put_zone(self, zone: CourseZone) -> None:
        """As the port says."""
        await self._database.write(_put_zone, zone)

    async def remove_zone(self, tenant: str, course: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove_zone, tenant, course)


def _current(connection: Connection) -> list[Version]:
    newest = (
        select(_COLUMNS.kind, _COLUMNS.name, func.max(_COLUMNS.number).label("number"))
        .where(_COLUMNS.tenant == EVERYBODY)
        .group_by(_COLUMNS.kind, _COLUMNS.name)
        .subquery()
    )
    query = (
        select(registry_versions)
        .join(
            newest,
            (_COLUMNS.kind == newest.c.kind) & (_COLUMNS.name == newest.c.name) & (_COLUMNS.number == newest.c.number),
        )
        .where(_COLUMNS.tenant == EVERYBODY)
        .order_by(_COLUMNS.kind, _COLUMNS.name)
    )
    return [_version(row) for row in connection.execute(query)]


def _of(kind: Kind, name: str) -> Any:
    return (_COLUMNS.tenant == EVERYBODY) & (_COLUMNS.kind == kind.value) & (_COLUMNS.name == name)


def _history(connection: Connection, kind: Kind, name: str) -> list[Version]:
    query = select(registry_versions).where(_of(kind, name)).order_by(_COLUMNS.number.desc())
    return [_version(row) for row in connection.execute(query)]


def _add(connection: Connection, version: Version) -> None:
    lock(connection, _TOPIC)
    newest = connection.execute(select(func.max(_COLUMNS.number)).where(_of(version.kind, version.name))).scalar() or 0
    if version.number != newest + 1:
        raise Conflict(
            f"The {version.kind} {version.name!r} is at version {newest} by now; read it again, then change that.",
            code="version_conflict",
            param="If-Match",
        )
    connection.execute(
        insert(registry_versions).values(
            tenant=EVERYBODY,
            kind=version.kind.value,
            name=version.name,
            number=version.number,
            body_json=None if version.table is None else msgspec.json.encode(version.table).decode(),
            at=version.at,
            by=version.by,
            note=version.note,
        )
    )
    mark_changed(connection, _TOPIC)


def _version(row: Row[Any]) -> Version:
    found = row._mapping
    body = found["body_json"]
    table = None if body is None else msgspec.json.decode(body)
    return Version(Kind(found["kind"]), found["name"], found["number"], table, found["at"], found["by"], found["note"])


def _zones(connection: Connection) -> list[CourseZone]:
    query = select(course_zones).order_by(course_zones.c.tenant, course_zones.c.course)
    return [CourseZone(row.tenant, row.course, row.zone, row.at, row.by) for row in connection.execute(query)]


def _put_zone(connection: Connection, zone: CourseZone) -> None:
    lock(connection, _TOPIC)
    _delete_zone(connection, zone.tenant, zone.course)
    connection.execute(
        insert(course_zones).values(tenant=zone.tenant, course=zone.course, zone=zone.zone, at=zone.at, by=zone.by)
    )
    mark_changed(connection, _TOPIC)


def _remove_zone(connection: Connection, tenant: str, course: str) -> bool:
    lock(connection, _TOPIC)
    gone = _delete_zone(connection, tenant, course)
    if gone:
        mark_changed(connection, _TOPIC)
    return gone


def _delete_zone(connection: Connection, tenant: str, course: str) -> bool:
    where = (course_zones.c.tenant == tenant) & (course_zones.c.course == course)
    return bool(connection.execute(delete(course_zones).where(where)).rowcount)
