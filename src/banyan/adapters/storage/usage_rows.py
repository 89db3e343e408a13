"""Statements that write the usage ledger."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.usage_tables import usage
from banyan.proxy.domain.accounting import Attempt

Book = Callable[[Connection, Sequence[Attempt]], None]
"""Told, within the transaction that writes them, of the attempts that are new: what budgets settle by."""
_MOST = 2**63 - 1


def add_usage(connection: Connection, attempts: Sequence[Attempt], books: Sequence[Book] = ()) -> int:
    """Writes the attempts that are not there yet, and tells the books of them; how many those were."""
    unique = {attempt.id: attempt for attempt in attempts}
    known = select(usage.c.id).where(
        usage.c.tenant.in_({one.caller.tenant for one in attempts}), usage.c.id.in_(list(unique))
    )
    for id in connection.execute(known).scalars():
        del unique[id]
    if not unique:
        return 0
    statement, processors = _insert(connection.dialect)
    connection.exec_driver_sql(statement, [_bound(_row(one), processors) for one in unique.values()])
    for book in books:
        book(connection, list(unique.values()))
    return len(unique)


def trim_usage(connection: Connection, before: datetime, most: int = 5000) -> int:
    """Deletes rows that are older, at most so many at a time; how many."""
    old = select(usage.c.tenant, usage.c.id).where(usage.c.at < before).limit(most).subquery()
    gone = delete(usage).where(usage.c.at < before, usage.c.id.in_(select(old.c.id)))
    return connection.execute(gone).rowcount


def _row(attempt: Attempt) -> tuple[Any, ...]:
    """The values in the order of the table's columns."""
    caller, tokens = attempt.caller, attempt.tokens
    at = datetime.fromtimestamp(attempt.at, UTC)
    return (
        _text(caller.tenant),
        _text(attempt.id),
        at,
        at.date().isoformat(),
        _text(caller.user),
        None if caller.key is None else _text(caller.key),
        None if caller.course is None else _text(caller.course),
        _text(caller.task),
        attempt.kind,
        _text(attempt.deployment),
        _text(attempt.provider),
        _text(attempt.model),
        attempt.status.value,
        attempt.stream,
        _number(tokens.input),
        _number(tokens.output),
        _number(tokens.cached_input),
        _number(tokens.cache_write),
        tokens.estimated,
        attempt.cost,
        _text(attempt.price_version),
        attempt.reserved,
        attempt.seconds,
        attempt.first_token,
        attempt.cache,
        _text(attempt.reason),
        _text(attempt.error),
        _text(caller.request_id),
        attempt.reported,
        attempt.listed,
    )


@cache
def _insert(dialect: Dialect) -> tuple[str, list[tuple[int, Callable[[Any], Any]]]]:
    """The statement in the driver's own words, and what turns a column's values into the driver's.

    SQLAlchemy by itself would do this for every row, which costs more than writing the row.
    """
    insert: Any = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    statement = insert(usage).on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect, column_keys=usage.columns.keys())
    processors: list[tuple[int, Callable[[Any], Any]]] = [
        (place, process)
        for place, column in enumerate(usage.columns)
        if (process := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    ]
    return str(compiled), processors


def _bound(row: tuple[Any, ...], processors: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for place, process in processors:
        values[place] = process(values[place])
    return tuple(values)


def _text(value: str) -> str:
    # PostgreSQL stores no NUL.
    return value.replace("\x00", "") if "\x00" in value else value


def _number(value: int) -> int:
    return min(value, _MOST)
