"""Files in SQL, so that every process reaches them and one backup holds them all."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, insert, or_, select, true, update

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.file_tables import files, pieces
from banyan.proxy.domain.files import StoredFile

_COLUMNS = (
    files.c.tenant,
    files.c.owner,
    files.c.id,
    files.c.name,
    files.c.purpose,
    files.c.size_bytes,
    files.c.created,
    files.c.expires,
    files.c.complete,
)


class SqlFiles:
    """Implements `FileStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, file: StoredFile) -> None:
        """As the port says."""
        await self._database.write(begin_file, file)

    async def append(self, tenant: str, id: str, number: int, data: bytes) -> None:
        """As the port says."""
        await self._database.write(_append, tenant, id, number, data)

    async def complete(self, file: StoredFile) -> None:
        """As the port says."""
        await self._database.write(complete_file, file)

    async def get(self, tenant: str, owner: str, id: str, *, now: datetime) -> StoredFile | None:
        """As the port says."""
        found = await self._database.read(_all, _seen(tenant, owner, now).where(files.c.id == id))
        return found[0] if found else None

    async def page(
        self,
        tenant: str,
        owner: str,
        *,
        now: datetime,
        limit: int,
        after: str | None = None,
        newest_first: bool = True,
        purpose: str | None = None,
    ) -> Sequence[StoredFile]:
        """As the port says; ids sort by birth."""
        query = _seen(tenant, owner, now)
        if purpose is not None:
            query = query.where(files.c.purpose == purpose)
        if after is not None:
            query = query.where(files.c.id < after if newest_first else files.c.id > after)
        order = files.c.id.desc() if newest_first else files.c.id
        return await self._database.read(_all, query.order_by(order).limit(limit))

    async def piece(self, tenant: str, id: str, number: int) -> bytes | None:
        """As the port says."""
        return await self._database.read(_piece, tenant, id, number)

    async def delete(self, tenant: str, owner: str, id: str) -> bool:
        """As the port says."""
        return await self._database.write(_delete, tenant, owner, id)


def begin_file(connection: Connection, file: StoredFile) -> None:
    """Within a transaction: as `SqlFiles.begin`."""
    gone = delete(files).where(files.c.expires <= file.created)
    connection.execute(gone)
    mine = and_(files.c.tenant == pieces.c.tenant, files.c.id == pieces.c.file)
    connection.execute(delete(pieces).where(~exists(select(true()).where(mine))))
    connection.execute(insert(files).values(asdict(file)))


def complete_file(connection: Connection, file: StoredFile) -> None:
    """Within a transaction: as `SqlFiles.complete`."""
    mine = (files.c.tenant == file.tenant, files.c.id == file.id)
    connection.execute(update(files).where(*mine).values(asdict(file)))


def _append(connection: Connection, tenant: str, id: str, number: int, data: bytes) -> None:
    connection.execute(insert(pieces).values(tenant=tenant, file=id, number=number, data=data))


def _piece(connection: Connection, tenant: str, id: str, number: int) -> bytes | None:
    mine = (pieces.c.tenant == tenant, pieces.c.file == id, pieces.c.number == number)
    found: bytes | None = connection.execute(select(pieces.c.data).where(*mine)).scalar_one_or_none()
    return found


def _delete(connection: Connection, tenant: str, owner: str, id: str) -> bool:
    mine = (files.c.tenant == tenant, files.c.owner == owner, files.c.id == id)
    if not connection.execute(delete(files).where(*mine)).rowcount:
        return False
    connection.execute(delete(pieces).where(pieces.c.tenant == tenant, pieces.c.file == id))
    return True


def _all(connection: Connection, query: Select[Any]) -> list[StoredFile]:
    return [StoredFile(*row) for row in connection.execute(query)]


def _seen(tenant: str, owner: str, now: datetime) -> Select[Any]:
    alive = or_(files.c.expires.is_(None), files.c.expires > now)
    return select(*_COLUMNS).where(files.c.tenant == tenant, files.c.owner == owner, files.c.complete, alive)
