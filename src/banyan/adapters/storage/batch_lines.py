"""The lines of batches: claimed, kept, put back, finished once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, true, update

from banyan.adapters.storage.batch_rows import COLUMNS, change, fetch
from banyan.adapters.storage.batch_tables import batches, lines
from banyan.proxy.domain.batches import Batch, BatchStatus, Line, LineState
from banyan.proxy.ports.batch_store import ClaimedLine

_LOOKED_AT = 50
"""Batches that are looked through for a free line at once."""
_LINE = (lines.c.tenant, lines.c.batch, lines.c.number, lines.c.custom_id, lines.c.body_json, lines.c.tries)


def add(connection: Connection, new: Sequence[Line], now: datetime) -> None:
    """Waiting lines."""
    rows = [
        {
            "tenant": line.tenant,
            "batch": line.batch,
            "number": line.number,
            "custom_id": line.custom_id,
            "state": LineState.WAITING.value,
            "body_json": line.body,
            "tries": 0,
            "not_before": now,
        }
        for line in new
    ]
    if rows:
        connection.execute(insert(lines), rows)


def runnable(connection: Connection, now: datetime) -> list[Batch]:
    """Batches in progress that are not paused, the one first that has waited longest."""
    open_ones = (batches.c.status == BatchStatus.IN_PROGRESS.value, batches.c.paused <= now)
    done = batches.c.completed + batches.c.failed >= batches.c.total
    query = (
        select(*COLUMNS)
        .where(*open_ones, ~done, ~some_are_remote())
        .order_by(batches.c.claimed, batches.c.id)
        .limit(_LOOKED_AT)
    )
    return fetch(connection, query)


def claim(connection: Connection, holder: str, now: datetime, until: datetime, most: int) -> list[ClaimedLine]:
    """Free lines of the first batch that has any: those whose holder is late, then those that wait."""
    for batch in runnable(connection, now):
        if not _still_runs(connection, batch):
            continue
        found = _free(connection, batch, now, most, LineState.RUNNING, lines.c.lease <= now)
        if len(found) < most:
            found += _free(connection, batch, now, most - len(found), LineState.WAITING, lines.c.not_before <= now)
        if found:
            values = {"state": LineState.RUNNING.value, "holder": holder, "lease": until}
            numbers = [line.number for line in found]
            mine = (lines.c.tenant == batch.owner.tenant, lines.c.batch == batch.id, lines.c.number.in_(numbers))
            connection.execute(update(lines).where(*mine).values(values))
            change(connection, batch, claimed=now)
            return [ClaimedLine(line, batch) for line in found]
    return []


def renew(connection: Connection, holder: str, kept: Sequence[Line], until: datetime) -> None:
    """Longer leases."""
    if kept:
        statement = update(lines).where(*_held(holder)).values(lease=bindparam("new_lease"))
        connection.execute(statement, [_key(line) | {"new_lease": until} for line in kept])


def finish(connection: Connection, holder: str, line: Line, result: bytes, good: bool) -> bool:
    """The result, counted with it in one transaction."""
    state = LineState.DONE if good else LineState.FAILED
    values = {"state": state.value, "result_json": result, "body_json": None, "holder": None, "lease": None}
    if not connection.execute(update(lines).where(*_held(holder)).values(values), _key(line)).rowcount:
        return False
    mine = (batches.c.tenant == line.tenant, batches.c.id == line.batch)
    counter = batches.c.completed if good else batches.c.failed
    connection.execute(update(batches).where(*mine).values({counter: counter + 1}))
    return True


def postpone(connection: Connection, holder: str, line: Line, until: datetime, counts: bool, whole_batch: bool) -> None:
    """Waiting again."""
    values: dict[str, Any] = {"state": LineState.WAITING.value, "not_before": until, "holder": None, "lease": None}
    if counts:
        values["tries"] = lines.c.tries + 1
    connection.execute(update(lines).where(*_held(holder)).values(values), _key(line))
    if whole_batch:
        mine = (batches.c.tenant == line.tenant, batches.c.id == line.batch, batches.c.paused < until)
        connection.execute(update(batches).where(*mine).values(paused=until))


def some_are_remote() -> Any:
    """Whether a provider has lines of the batch of a row."""
    mine = (lines.c.tenant == batches.c.tenant, lines.c.batch == batches.c.id)
    return exists(select(true())).where(*mine, lines.c.state == LineState.REMOTE.value)


def send_away(connection: Connection, batch: Batch) -> None:
    """All its lines are left to a provider."""
    mine = (lines.c.tenant == batch.owner.tenant, lines.c.batch == batch.id)
    connection.execute(update(lines).where(*mine).values(state=LineState.REMOTE.value))


def bring_back(connection: Connection, batch: Batch) -> None:
    """Those that the provider has not answered wait here."""
    mine = (lines.c.tenant == batch.owner.tenant, lines.c.batch == batch.id, lines.c.state == LineState.REMOTE.value)
    connection.execute(update(lines).where(*mine).values(state=LineState.WAITING.value))


def remote(connection: Connection, tenant: str, id: str, after: int, limit: int) -> list[Line]:
    """Served by the index on the state."""
    mine = (lines.c.tenant == tenant, lines.c.batch == id, lines.c.state == LineState.REMOTE.value)
    query = select(*_LINE).where(*mine, lines.c.number > after).order_by(lines.c.number).limit(limit)
    return [Line(*row) for row in connection.execute(query)]


def finish_remote(connection: Connection, done: Sequence[tuple[Line, bytes, bool]]) -> None:
    """As `finish`, without a holder: whoever asked, the answer is the provider's."""
    for line, result, good in done:
        state = LineState.DONE if good else LineState.FAILED
        mine = (lines.c.tenant == line.tenant, lines.c.batch == line.batch, lines.c.number == line.number)
        values = {"state": state.value, "result_json": result, "body_json": None}
        statement = update(lines).where(*mine, lines.c.state == LineState.REMOTE.value).values(values)
        if connection.execute(statement).rowcount:
            of_batch = (batches.c.tenant == line.tenant, batches.c.id == line.batch)
            counter = batches.c.completed if good else batches.c.failed
            connection.execute(update(batches).where(*of_batch).values({counter: counter + 1}))


def results(
    connection: Connection, tenant: str, id: str, after: int, limit: int, good: bool
) -> list[tuple[int, str, bytes | None]]:
    """Served by the primary key."""
    done = lines.c.state == LineState.DONE.value
    query = (
        select(lines.c.number, lines.c.custom_id, lines.c.result_json)
        .where(lines.c.tenant == tenant, lines.c.batch == id, lines.c.number > after, done if good else ~done)
        .order_by(lines.c.number)
        .limit(limit)
    )
    return [(number, custom_id, result) for number, custom_id, result in connection.execute(query)]


def _still_runs(connection: Connection, batch: Batch) -> bool:
    """Makes claims, cancellations and ends of one batch come one after the other."""
    mine = (batches.c.tenant == batch.owner.tenant, batches.c.id == batch.id)
    query = select(*COLUMNS).where(*mine).with_for_update()
    return any(one.status == BatchStatus.IN_PROGRESS for one in fetch(connection, query))


def _free(
    connection: Connection, batch: Batch, now: datetime, most: int, state: LineState, condition: Any
) -> list[Line]:
    mine = (lines.c.tenant == batch.owner.tenant, lines.c.batch == batch.id, lines.c.state == state.value)
    query = select(*_LINE).where(*mine, condition).order_by(lines.c.number).limit(most)
    return [Line(*row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _held(holder: str) -> tuple[Any, ...]:
    return (
        lines.c.tenant == bindparam("of_tenant"),
        lines.c.batch == bindparam("of_batch"),
        lines.c.number == bindparam("of_number"),
        lines.c.state == LineState.RUNNING.value,
        lines.c.holder == holder,
    )


def _key(line: Line) -> dict[str, Any]:
    return {"of_tenant": line.tenant, "of_batch": line.batch, "of_number": line.number}
