"""Statements that write the usage ledger."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.engine import lock
from banyan.adapters.storage.usage_tables import usage
from banyan.proxy.domain.accounting import Attempt

Book = Callable[[Connection, Sequence[Attempt]], None]
"""Told, within the transaction that writes them, of the attempts that are new: what budgets settle by."""
_MOST = 2**63 - 1


def add_usage(connection: Connection, attempts: Sequence[Attempt], books: Sequence[Book] = ()) -> int:
    """Writes the attempts that are not there yet, and tells the books of them; how many those were."""
    unique = {attempt.id: attempt for attempt in attempts}
    if not _inserted_all(connection, unique.values()):
        # A write that was given up on may still be under way, and what it writes is not to be seen yet.
        lock(connection, "usage", attempts[0].process)
        known = select(usage.c.id).where(
            usage.c.tenant.in_({one.caller.tenant for one in attempts}), usage.c.id.in_(list(unique))
        )
        for id in connection.execute(known).scalars():
            del unique[id]
        if unique:
            _insert(connection, unique.values())
    new = list(unique.values())
    for book in books:
        book(connection, new)
    return len(new)


def _inserted_all(connection: Connection, attempts: Collection[Attempt]) -> bool:
    """Writes them all where none is there, which is nearly always so; otherwise none.

    Only on SQLite: PostgreSQL's driver does not tell how many there were.
    """
    if connection.dialect.name != "sqlite":
        return False
    with connection.begin_nested() as savepoint:
        if _insert(connection, attempts) == len(attempts):
            return True
        savepoint.rollback()
        return False


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
        caller.tenant,
        attempt.id,
        at,
        at.date().isoformat(),
        caller.user,
        caller.key,
        caller.course,
        caller.task,
        attempt.kind,
        attempt.deployment,
        attempt.provider,
        attempt.model,
        attempt.status.value,
        attempt.stream,
        _number(tokens.input),
        _number(tokens.output),
        _number(tokens.cached_input),
        _number(tokens.cache_write),
        tokens.estimated,
        attempt.cost,
        attempt.price_version,
        attempt.reserved,
        attempt.seconds,
        attempt.first_token,
        attempt.cache,
        attempt.reason,
        attempt.error,
        caller.request_id,
        attempt.reported,
        attempt.listed,
    )


def _insert(connection: Connection, attempts: Iterable[Attempt]) -> int:
    """How many of them were not there; below 0 where the driver does not know."""
    statement, processors = _statement(connection.dialect)
    rows = [_bound(_row(one), processors) for one in attempts]
    if connection.dialect.name == "postgresql":
        rows = [tuple(_text(value) if isinstance(value, str) else value for value in row) for row in rows]
    return connection.exec_driver_sql(statement, rows).rowcount


@cache
def _statement(dialect: Dialect) -> tuple[str, list[tuple[int, Callable[[Any], Any]]]]:
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
