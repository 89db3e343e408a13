"""The statements of reports on the log of turns."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, cast, func, or_, select

from banyan.adapters.storage.report_parts import within
from banyan.adapters.storage.turn_tables import guardrail_events, turn_log
from banyan.assistant.domain.reporting import Row, Wanted

Statement = Callable[[Connection, Wanted, int], Sequence[Row]]
FAQ = "banyan/faq"
FAILED: ColumnElement[int] = case((turn_log.c.outcome == "failed", 1), else_=0)
ASKED_A_MODEL = and_(
    turn_log.c.model != FAQ,
    or_(turn_log.c.outcome.in_(("answered", "failed", "interrupted")), turn_log.c.status_code != 0),
)
"""What was refused before a model was asked has no status code."""


def guardrails(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """The newest events first."""
    columns = guardrail_events.c
    chosen = [columns[name].in_(values) for name, values in wanted.chosen.items()]
    query = (
        select(columns.at, columns.user, columns.course, columns.lesson, columns.source, columns.event_type)
        .add_columns(columns.snippet, columns.guardrail, columns.stage, columns.action)
        .where(*within(guardrail_events, wanted), *chosen)
        .order_by(columns.at.desc(), columns.id.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def by_status(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Requests and errors by status code."""
    requests = func.count().label("requests")
    query = (
        select(turn_log.c.status_code, requests, func.sum(FAILED))
        .where(*within(turn_log, wanted), ASKED_A_MODEL)
        .group_by(turn_log.c.status_code)
        .order_by(requests.desc(), turn_log.c.status_code)
        .limit(limit)
    )
    return [(code, count, int(errors)) for code, count, errors in connection.execute(query)]


def summary(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """D-15: requests, errors and latencies by lesson, in one statement."""
    lesson = (turn_log.c.course, turn_log.c.lesson)
    ranked = (
        select(
            *lesson,
            FAILED.label("failed"),
            turn_log.c.latency_ms,
            func.row_number().over(partition_by=lesson, order_by=turn_log.c.latency_ms).label("rank"),
            func.count().over(partition_by=lesson).label("count"),
        )
        .where(*within(turn_log, wanted), ASKED_A_MODEL)
        .subquery()
    )
    columns, requests = ranked.c, func.count().label("requests")
    at_p95 = case((columns.rank - 1 == _p95_index(columns["count"]), columns.latency_ms))
    query = (
        select(columns.course, columns.lesson, requests, func.sum(columns.failed))
        .add_columns(func.sum(columns.latency_ms), func.max(at_p95))
        .group_by(columns.course, columns.lesson)
        .order_by(requests.desc(), columns.course, columns.lesson)
        .limit(limit)
    )
    return [(*row[:3], *map(int, row[3:])) for row in connection.execute(query)]


def _p95_index(count: ColumnElement[int]) -> ColumnElement[int]:
    """round(0.95 (count - 1)), halves to the even neighbour, in whole numbers."""
    twentieths = 19 * (count - 1)
    whole = cast(twentieths, Integer).op("/", return_type=Integer())(20)
    rest = twentieths % 20
    return whole + case((or_(rest > 10, and_(rest == 10, whole % 2 == 1)), 1), else_=0)


def learners(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many different people asked, by course."""
    people = func.count(turn_log.c.user.distinct())
    query = select(turn_log.c.course, people).where(*within(turn_log, wanted)).group_by(turn_log.c.course)
    return {row[0]: row[1] for row in connection.execute(query)}


STATEMENTS: Mapping[str, Statement] = {
    "guardrail-events": guardrails,
    "proxy-errors-by-status": by_status,
    "proxy-summary": summary,
}
