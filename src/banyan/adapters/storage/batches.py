"""Batches in SQL, and the leases by which processes share their lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, exists, insert, or_, select, true, tuple_, update

from banyan.adapters.storage import batch_lines
from banyan.adapters.storage.batch_rows import COLUMNS, WORKABLE, change, fetch, locked, moved, row_of, state_of
from banyan.adapters.storage.batch_tables import batches, lines
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.files import complete_file
from banyan.proxy.domain.batches import Batch, BatchStatus, Line, LineState
from banyan.proxy.domain.files import StoredFile
from banyan.proxy.ports.batch_store import ClaimedLine

_ENDING = (BatchStatus.FINALIZING.value, BatchStatus.CANCELLING.value)


class SqlBatches:
    """Implements `BatchStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, batch: Batch) -> None:
        """As the port says."""
        await self._database.write(_add, batch)

    async def get(self, tenant: str, owner: str, id: str) -> Batch | None:
        """As the port says."""
        mine = (batches.c.tenant == tenant, batches.c.owner == owner, batches.c.id == id)
        found = await self._database.read(fetch, select(*COLUMNS).where(*mine))
        return found[0] if found else None

    async def page(self, tenant: str, owner: str, *, limit: int, after: str | None = None) -> Sequence[Batch]:
        """As the port says; ids sort by birth."""
        query = select(*COLUMNS).where(batches.c.tenant == tenant, batches.c.owner == owner)
        if after is not None:
            query = query.where(batches.c.id < after)
        return await self._database.read(fetch, query.order_by(batches.c.id.desc()).limit(limit))

    async def cancel(self, tenant: str, id: str, now: datetime) -> None:
        """As the port says."""
        await self._database.write(_cancel, tenant, id, now)

    async def note_cost(self, tenant: str, id: str, cost: dict[str, Any]) -> None:
        """As the port says."""
        await self._database.write(_note, tenant, id, {"cost_json": msgspec.json.encode(cost).decode()})

    async def advance(self, now: datetime) -> None:
        """Reads first: most of the time there is nothing to write."""
        for batch in await self._database.read(_ended, now):
            await self._database.write(_advance, batch.owner.tenant, batch.id, now)

    async def claim_batch(self, holder: str, now: datetime, until: datetime) -> Batch | None:
        """As the port says."""
        if not await self._database.read(_claimable, now):
            return None
        return await self._database.write(_claim, holder, now, until)

    async def renew_batch(self, holder: str, tenant: str, id: str, until: datetime) -> None:
        """As the port says."""
        await self._database.write(_note, tenant, id, {"lease": until}, holder)

    async def clear_lines(self, tenant: str, id: str) -> None:
        """As the port says."""
        await self._database.write(_clear, tenant, id)

    async def add_lines(self, lines: Sequence[Line], now: datetime) -> None:
        """As the port says."""
        await self._database.write(batch_lines.add, lines, now)

    async def start(self, holder: str, batch: Batch, now: datetime) -> None:
        """As the port says."""
        await self._database.write(_start, holder, batch, now)

    async def note_remote(self, holder: str, tenant: str, id: str, remote: dict[str, Any]) -> bool:
        """As the port says."""
        return await self._database.write(_note_remote, holder, tenant, id, remote)

    async def rest(self, holder: str, tenant: str, id: str, until: datetime) -> None:
        """As the port says."""
        await self._database.write(_note, tenant, id, {"paused": until, "holder": None, "lease": None}, holder)

    async def remote_lines(self, tenant: str, id: str, *, after: int, limit: int) -> Sequence[Line]:
        """As the port says."""
        return await self._database.read(batch_lines.remote, tenant, id, after, limit)

    async def finish_remote(self, results: Sequence[tuple[Line, bytes, bool]]) -> None:
        """As the port says."""
        await self._database.write(batch_lines.finish_remote, results)

    async def take_back(self, holder: str, tenant: str, id: str) -> None:
        """As the port says."""
        await self._database.write(_take_back, holder, tenant, id)

    async def claim_lines(self, holder: str, now: datetime, until: datetime, most: int) -> Sequence[ClaimedLine]:
        """As the port says."""
        if not await self._database.read(batch_lines.runnable, now):
            return ()
        return await self._database.write(batch_lines.claim, holder, now, until, most)

    async def renew_lines(self, holder: str, lines: Sequence[Line], until: datetime) -> None:
        """As the port says."""
        await self._database.write(batch_lines.renew, holder, lines, until)

    async def statuses(self, batches: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], BatchStatus]:
        """As the port says."""
        return await self._database.read(_statuses, batches)

    async def finish(self, holder: str, line: Line, result: bytes, *, good: bool) -> bool:
        """As the port says."""
        return await self._database.write(batch_lines.finish, holder, line, result, good)

    async def postpone(
        self, holder: str, line: Line, until: datetime, *, counts: bool = False, whole_batch: bool = False
    ) -> None:
        """As the port says."""
        await self._database.write(batch_lines.postpone, holder, line, until, counts, whole_batch)

    async def results(
        self, tenant: str, id: str, *, after: int, limit: int, good: bool
    ) -> Sequence[tuple[int, str, bytes | None]]:
        """As the port says."""
        return await self._database.read(batch_lines.results, tenant, id, after, limit, good)

    async def close(self, holder: str, batch: Batch, files: Sequence[StoredFile], now: datetime) -> bool:
        """As the port says."""
        return await self._database.write(_close, holder, batch, files, now)

    async def recover(self) -> None:
        """As the port says."""
        await self._database.write(_recover)


def _add(connection: Connection, batch: Batch) -> None:
    connection.execute(insert(batches).values(row_of(batch)))


def _cancel(connection: Connection, tenant: str, id: str, now: datetime) -> None:
    batch = locked(connection, tenant, id)
    if batch is not None and batch.status in WORKABLE:
        cancelled = BatchStatus.CANCELLED.value
        values = {"outcome": cancelled, "holder": None, "paused": now}
        change(connection, batch, **moved(batch, BatchStatus.CANCELLING, now), **values)


def _note(connection: Connection, tenant: str, id: str, values: dict[str, Any], holder: str | None = None) -> None:
    mine = [batches.c.tenant == tenant, batches.c.id == id]
    if holder is not None:
        mine.append(batches.c.holder == holder)
    connection.execute(update(batches).where(*mine).values(values))


def _ended(connection: Connection, now: datetime) -> list[Batch]:
    done = batches.c.completed + batches.c.failed >= batches.c.total
    query = select(*COLUMNS).where(batches.c.status == "in_progress", or_(done, batches.c.expires <= now))
    return fetch(connection, query)


def _advance(connection: Connection, tenant: str, id: str, now: datetime) -> None:
    batch = locked(connection, tenant, id)
    if batch is None or batch.status != BatchStatus.IN_PROGRESS:
        return
    done = batch.completed + batch.failed >= batch.total
    outcome = BatchStatus.COMPLETED if done else BatchStatus.EXPIRED
    change(connection, batch, **moved(batch, BatchStatus.FINALIZING, now), outcome=outcome.value)


def _waiting_for_care(now: datetime) -> Any:
    under_way = exists(select(true())).where(
        lines.c.tenant == batches.c.tenant,
        lines.c.batch == batches.c.id,
        lines.c.state == LineState.RUNNING.value,
        lines.c.lease > now,
    )
    elsewhere = batch_lines.some_are_remote() & (batches.c.paused <= now)
    ready = (
        (batches.c.status == "validating")
        | ((batches.c.status == "in_progress") & elsewhere)
        | (batches.c.status.in_(_ENDING) & ~under_way & ((batches.c.paused <= now) | ~batch_lines.some_are_remote()))
    )
    free = batches.c.holder.is_(None) | (batches.c.lease <= now)
    return select(*COLUMNS).where(ready, free).order_by(batches.c.created).limit(1)


def _claimable(connection: Connection, now: datetime) -> bool:
    return bool(fetch(connection, _waiting_for_care(now)))


def _claim(connection: Connection, holder: str, now: datetime, until: datetime) -> Batch | None:
    found = fetch(connection, _waiting_for_care(now).with_for_update(of=batches, skip_locked=True))
    if not found:
        return None
    change(connection, found[0], holder=holder, lease=until)
    return found[0]


def _clear(connection: Connection, tenant: str, id: str) -> None:
    connection.execute(delete(lines).where(lines.c.tenant == tenant, lines.c.batch == id))


def _start(connection: Connection, holder: str, batch: Batch, now: datetime) -> None:
    there = locked(connection, batch.owner.tenant, batch.id)
    if there is None or there.status != BatchStatus.VALIDATING or not _is_held(connection, batch, holder):
        return
    if batch.status == BatchStatus.FAILED:
        _clear(connection, batch.owner.tenant, batch.id)
    elif batch.remote is not None:
        batch_lines.send_away(connection, batch)
    state = state_of(batch) | moved(batch, batch.status, now)
    change(connection, batch, **state, holder=None, lease=None)


def _note_remote(connection: Connection, holder: str, tenant: str, id: str, remote: dict[str, Any]) -> bool:
    there = locked(connection, tenant, id)
    if there is None or not _is_held(connection, there, holder):
        return False
    change(connection, there, details_json=state_of(replace(there, remote=remote))["details_json"])
    return True


def _take_back(connection: Connection, holder: str, tenant: str, id: str) -> None:
    there = locked(connection, tenant, id)
    if there is None or not _is_held(connection, there, holder):
        return
    batch_lines.bring_back(connection, there)
    values: dict[str, Any] = {}
    if there.status == BatchStatus.IN_PROGRESS:
        values = {"holder": None, "lease": None}
    over = replace(there, remote={**(there.remote or {}), "over": True})
    change(connection, there, details_json=state_of(over)["details_json"], **values)


def _is_held(connection: Connection, batch: Batch, holder: str) -> bool:
    mine = (batches.c.tenant == batch.owner.tenant, batches.c.id == batch.id)
    return connection.execute(select(batches.c.holder).where(*mine)).scalar_one_or_none() == holder


def _statuses(connection: Connection, ids: Sequence[tuple[str, str]]) -> dict[tuple[str, str], BatchStatus]:
    key = tuple_(batches.c.tenant, batches.c.id)
    found = connection.execute(select(batches.c.tenant, batches.c.id, batches.c.status).where(key.in_(ids)))
    return {(tenant, id): BatchStatus(status) for tenant, id, status in found}


def _close(connection: Connection, holder: str, batch: Batch, written: Sequence[StoredFile], now: datetime) -> bool:
    there = locked(connection, batch.owner.tenant, batch.id)
    if there is None or not _is_held(connection, batch, holder):
        return False
    for file in written:
        complete_file(connection, file)
    state = {"output_file": batch.output_file, "error_file": batch.error_file}
    change(connection, there, **moved(there, there.outcome, now), **state, holder=None, lease=None)
    _clear(connection, batch.owner.tenant, batch.id)
    return True


def _recover(connection: Connection) -> None:
    connection.execute(update(batches).where(batches.c.holder.is_not(None)).values(holder=None, lease=None))
    back = {"state": LineState.WAITING.value, "holder": None, "lease": None}
    connection.execute(update(lines).where(lines.c.state == LineState.RUNNING.value).values(back))
