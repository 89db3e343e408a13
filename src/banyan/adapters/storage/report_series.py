"""The statements of charts: one row for each day that has anything."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, func, select

from banyan.adapters.storage.days import day_of
from banyan.adapters.storage.report_log import ASKED_A_MODEL
from banyan.adapters.storage.report_parts import within
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.assistant.domain.reporting import Wanted
from banyan.assistant.ports.report_reader import DayValue

Series = Callable[[Connection, Wanted], Sequence[DayValue]]
_NANOS = 1_000_000_000


def _days(connection: Connection, wanted: Wanted, table: Table, value: Any, *where: Any) -> list[DayValue]:
    day = day_of(connection, table.c.at)
    people = func.count(table.c.user.distinct())
    query = select(day, value, people).where(*within(table, wanted), *where).group_by(day).order_by(day)
    return [DayValue(date.fromisoformat(on), float(found), many) for on, found, many in connection.execute(query)]


def cost(connection: Connection, wanted: Wanted) -> list[DayValue]:
    """Dollars."""
    found = _days(connection, wanted, turn_log, func.sum(turn_log.c.cost))
    return [DayValue(one.day, one.value / _NANOS, one.learners) for one in found]


def events(connection: Connection, wanted: Wanted) -> list[DayValue]:
    """Findings of guardrails."""
    return _days(connection, wanted, guardrail_events, func.count())


def errors(connection: Connection, wanted: Wanted) -> list[DayValue]:
    """Turns that failed."""
    return _days(connection, wanted, turn_log, func.count(), turn_log.c.outcome == "failed")


def latency(connection: Connection, wanted: Wanted) -> list[DayValue]:
    """Milliseconds on average."""
    found = _days(connection, wanted, turn_log, func.avg(turn_log.c.latency_ms), ASKED_A_MODEL)
    return [DayValue(one.day, round(one.value, 2), one.learners) for one in found]


def requests(connection: Connection, wanted: Wanted) -> list[DayValue]:
    """Turns in which a model was asked."""
    return _days(connection, wanted, turn_log, func.count(), ASKED_A_MODEL)


SERIES: Mapping[str, Series] = {
    "assistant-cost": cost,
    "guardrail-events": events,
    "proxy-avg-latency": latency,
    "proxy-errors": errors,
    "proxy-requests": requests,
}
