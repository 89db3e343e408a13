"""External sources in SQL."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.external_source_tables import external_sources
from banyan.assistant.domain.external_sources import ExternalSource, SourceStatus
from banyan.kernel.errors import Conflict
from banyan.kernel.pages import Known

_C = external_sources.c
_PLAIN = tuple(name for name in ExternalSource.__struct_fields__ if name != "known")
_FOUND = (
    *("status", "error_code", "error", "mime_type", "excerpt", "found_at", "content_hash", "etag", "last_modified"),
    *("chunks", "fetched", "claim", "claimed", "modified"),
)
_SET = ("title", "allowed", "interval", "status", "error_code", "error", "excerpt", "chunks", "due", "modified")
_FORGOTTEN = {"content_hash": "", "etag": "", "last_modified": ""}


class SqlExternalSources:
    """The store on SQLite and PostgreSQL; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, source: ExternalSource) -> None:
        """As the port says."""
        await self._database.write(_add, source)

    async def get(self, tenant: str, id: str) -> ExternalSource | None:
        """As the port says."""
        found = await self._database.read(_select, _one(tenant, id), 1)
        return found[0] if found else None

    async def listed(
        self, tenant: str, course: str, lesson: str | None = None, limit: int = 200
    ) -> Sequence[ExternalSource]:
        """As the port says."""
        where = and_(_C.tenant == tenant, _C.course == course)
        return await self._database.read(_select, where if lesson is None else and_(where, _C.lesson == lesson), limit)

    async def change(self, source: ExternalSource) -> ExternalSource | None:
        """As the port says."""
        return await self._database.write(_change, source)

    async def remove(self, tenant: str, id: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, id)

    async def ask_for(self, tenant: str, ids: Sequence[str], now: datetime) -> None:
        """As the port says."""
        await self._database.write(_ask_for, tenant, ids, now)

    async def claim(
        self, claim: str, now: datetime, until: datetime, limit: int, only: tuple[str, Sequence[str]] | None = None
    ) -> Sequence[ExternalSource]:
        """As the port says."""
        return await self._database.write(_claim, claim, now, until, limit, only)

    async def renew(self, claim: str, until: datetime) -> None:
        """As the port says."""
        await self._database.write(_renew, claim, until)

    async def settle(self, source: ExternalSource, claim: str, due: datetime | None) -> bool:
        """As the port says."""
        return await self._database.write(_settle, source, claim, due)


def _one(tenant: str, id: str) -> ColumnElement[bool]:
    return and_(_C.tenant == tenant, _C.id == id)


def _values(source: ExternalSource) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in _PLAIN}
    known = {"etag": source.known.etag, "last_modified": source.known.last_modified}
    url_hash = hashlib.sha256(source.url.encode()).hexdigest()
    return {**values, **known, "status": source.status.value, "url_hash": url_hash}


def _read(row: Row[*tuple[Any, ...]]) -> ExternalSource:
    values = dict(row._mapping)
    given = {name: values[name] for name in _PLAIN}
    known = Known(values["etag"], values["last_modified"])
    return ExternalSource(**{**given, "status": SourceStatus(values["status"]), "known": known})


def _add(connection: Connection, source: ExternalSource) -> None:
    try:
        connection.execute(insert(external_sources).values(_values(source)))
    except IntegrityError as error:
        raise Conflict(
            "This page is a source of this course or lesson already; change that one.", code="source_exists"
        ) from error


def _select(connection: Connection, where: ColumnElement[bool], limit: int) -> list[ExternalSource]:
    query = select(external_sources).where(where).order_by(_C.modified.desc(), _C.id.desc()).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def _change(connection: Connection, source: ExternalSource) -> ExternalSource | None:
    values = _values(source)
    given = {name: values[name] for name in _SET} | _FORGOTTEN
    # A fetch that is under way must not write over what was decided meanwhile.
    given |= {"claim": "", "claimed": None}
    changed = connection.execute(update(external_sources).where(_one(source.tenant, source.id)).values(given))
    if not changed.rowcount:
        return None
    return structs.replace(source, known=Known(), content_hash="", claim="", claimed=None)


def _remove(connection: Connection, tenant: str, id: str) -> bool:
    return connection.execute(delete(external_sources).where(_one(tenant, id))).rowcount > 0


def _ask_for(connection: Connection, tenant: str, ids: Sequence[str], now: datetime) -> None:
    chosen = and_(_C.tenant == tenant, _C.id.in_(list(ids)), _C.allowed.is_(True))
    connection.execute(update(external_sources).where(chosen).values(due=now))


def _claim(
    connection: Connection,
    claim: str,
    now: datetime,
    until: datetime,
    limit: int,
    only: tuple[str, Sequence[str]] | None,
) -> list[ExternalSource]:
    lock(connection, "external sources")
    free = or_(_C.claimed.is_(None), _C.claimed <= now)
    due = select(_C.tenant, _C.id).where(_C.due <= now, _C.allowed.is_(True), free)
    if only is not None:
        due = due.where(_C.tenant == only[0], _C.id.in_(list(only[1])))
    claimed: list[ExternalSource] = []
    for tenant, id in connection.execute(due.order_by(_C.due).limit(limit)).all():
        connection.execute(update(external_sources).where(_one(tenant, id)).values(claim=claim, claimed=until))
        claimed += _select(connection, _one(tenant, id), 1)
    return claimed


def _renew(connection: Connection, claim: str, until: datetime) -> None:
    connection.execute(update(external_sources).where(_C.claim == claim).values(claimed=until))


def _settle(connection: Connection, source: ExternalSource, claim: str, due: datetime | None) -> bool:
    values = _values(source)
    given = {name: values[name] for name in _FOUND}
    given["due"] = case((_C.due == due, values["due"]), else_=_C.due) if due is not None else values["due"]
    mine = and_(_one(source.tenant, source.id), _C.claim == claim)
    return connection.execute(update(external_sources).where(mine).values(given)).rowcount > 0
