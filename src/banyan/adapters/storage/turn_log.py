"""The log of turns in SQL: kept in memory for a moment, written in batches in the background."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from msgspec import structs
from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.assistant.domain.guarding import Action, Finding, Stage
from banyan.assistant.domain.question import clean_text
from banyan.assistant.ports.turn_log import EventQuery, GuardrailEvent, TurnRecord
from banyan.kernel.errors import BanyanError, Unavailable

_GATHER_SECONDS = 0.2
"""How long a row waits for company; a process that is killed loses no more than this."""
_BATCH = 500
_KEPT = 50_000
"""Rows kept in memory while the database is away, some 30 MB; more are dropped, and counted."""
_PAUSES = (0.5, 1, 2, 5, 10)
_SNIPPET = 240
log = structlog.get_logger(__name__)
_Row = tuple[Table, dict[str, Any]]


class SqlTurnLog:
    """Implements `TurnLog` and `TurnLogReader`. Use it within `running()`. dropped: rows lost for want of room."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Row] = deque()
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self.dropped = 0
        self.fault = ""

    def turn(self, record: TurnRecord) -> None:
        """As the port says."""
        row = structs.asdict(record)
        row["error"] = clean_text(record.error)
        self._add(turn_log, row)

    def events(self, events: Sequence[GuardrailEvent]) -> None:
        """As the port says."""
        for event in events:
            self._add(guardrail_events, _event_row(event))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes until the block ends, and what is left then."""
        task = asyncio.create_task(self._write_for_ever(), name="write the turn log")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            try:
                await self.flush()
            except Unavailable as error:
                log.error("turn-log-lost", rows=len(self._waiting), error=error.message)

    async def flush(self) -> None:
        """Writes what is there by now. Raises: Unavailable."""
        async with self._turn:
            while self._waiting:
                batch = [self._waiting[number] for number in range(min(_BATCH, len(self._waiting)))]
                await self._write(batch)
                for _ in batch:
                    self._waiting.popleft()

    async def guardrail_events(self, tenant: str, wanted: EventQuery, *, limit: int) -> Sequence[GuardrailEvent]:
        """As the port says."""
        await self.flush()
        return await self._database.read(_find_events, tenant, wanted, limit)

    async def forget(self, wanted: EventQuery, tenant: str) -> int:
        """As the port says."""
        await self.flush()
        return await self._database.write(_forget, tenant, wanted)

    def _add(self, table: Table, row: dict[str, Any]) -> None:
        if len(self._waiting) >= _KEPT:
            self.dropped += 1
            return
        self._waiting.append((table, row))
        self._wake.set()

    async def _write_for_ever(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES)) - 1] if failures else _GATHER_SECONDS)
            self._wake.clear()
            try:
                await self.flush()
            except BanyanError as error:
                failures += 1
                self._wake.set()
                if not self.fault:
                    log.error("turn-log-cannot-be-written", error=error.message, waiting=len(self._waiting))
                self.fault = error.message
            else:
                failures, self.fault = 0, ""

    async def _write(self, rows: Sequence[_Row]) -> None:
        """All of them; what the database will never take is told to the program's log. Raises: Unavailable."""
        try:
            await self._database.write(_insert, rows)
        except (StatementError, ValueError, OverflowError):
            for row in rows:
                try:
                    await self._database.write(_insert, [row])
                except (StatementError, ValueError, OverflowError) as error:
                    self.dropped += 1
                    log.error("turn-log-row-refused", table=row[0].name, id=row[1]["id"], error=str(error))


def _insert(connection: Connection, rows: Sequence[_Row]) -> None:
    """A batch whose writing was cancelled may be there already."""
    added: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for table in (turn_log, guardrail_events):
        if found := [row for of, row in rows if of is table]:
            connection.execute(added(table).on_conflict_do_nothing(), found)


def _where(table: Table, tenant: str, wanted: EventQuery) -> Any:
    columns = table.c
    found = columns.tenant == tenant
    if wanted.courses is not None:
        found &= columns.course.in_(wanted.courses)
    for name in ("lesson", "source", "event_type", "user"):
        if (value := getattr(wanted, name)) is not None and name in columns:
            found &= columns[name] == value
    if wanted.since is not None:
        found &= columns.at >= wanted.since
    if wanted.until is not None:
        found &= columns.at < wanted.until
    return found


def _find_events(connection: Connection, tenant: str, wanted: EventQuery, limit: int) -> list[GuardrailEvent]:
    columns = guardrail_events.c
    query = select(guardrail_events).where(_where(guardrail_events, tenant, wanted))
    newest = query.order_by(columns.at.desc(), columns.id.desc()).limit(limit)
    return [_event(row) for row in connection.execute(newest)]


def _forget(connection: Connection, tenant: str, wanted: EventQuery) -> int:
    return sum(
        connection.execute(delete(table).where(_where(table, tenant, wanted))).rowcount
        for table in (turn_log, guardrail_events)
    )


def _event_row(event: GuardrailEvent) -> dict[str, Any]:
    finding = event.finding
    return {
        "tenant": event.tenant,
        "id": event.id,
        "at": event.at,
        "user": event.user,
        "course": event.course,
        "lesson": event.lesson,
        "source": event.source,
        "guardrail": event.guardrail,
        "stage": event.stage.value,
        "action": finding.action.value,
        "event_type": finding.event_type,
        "snippet": clean_text(finding.snippet)[:_SNIPPET],
        "notice": "" if finding.notice is None else finding.notice.code.value,
        "alert": finding.alert,
        "request_id": event.request_id,
    }


def _event(row: Any) -> GuardrailEvent:
    finding = Finding(Action(row.action), row.event_type, row.snippet, alert=row.alert)
    return GuardrailEvent(
        row.tenant,
        row.id,
        row.at,
        row.user,
        row.course,
        row.lesson,
        row.source,
        row.guardrail,
        Stage(row.stage),
        finding,
        row.request_id,
    )
