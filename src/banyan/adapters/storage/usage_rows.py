"""Statements that write the usage ledger."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select
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
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(usage).on_conflict_do_nothing(), [_row(one) for one in unique.values()])
    for book in books:
        book(connection, list(unique.values()))
    return len(unique)


def trim_usage(connection: Connection, before: datetime, most: int = 5000) -> int:
    """Deletes rows that are older, at most so many at a time; how many."""
    old = select(usage.c.tenant, usage.c.id).where(usage.c.at < before).limit(most).subquery()
    gone = delete(usage).where(usage.c.at < before, usage.c.id.in_(select(old.c.id)))
    return connection.execute(gone).rowcount


def _row(attempt: Attempt) -> dict[str, Any]:
    caller, tokens = attempt.caller, attempt.tokens
    at = datetime.fromtimestamp(attempt.at, UTC)
    return {
        "tenant": _text(caller.tenant),
        "id": _text(attempt.id),
        "at": at,
        "day": at.date().isoformat(),
        "user": _text(caller.user),
        "key": None if caller.key is None else _text(caller.key),
        "course": None if caller.course is None else _text(caller.course),
        "task": _text(caller.task),
        "kind": attempt.kind,
        "deployment": _text(attempt.deployment),
        "provider": _text(attempt.provider),
        "model": _text(attempt.model),
        "status": attempt.status.value,
        "stream": attempt.stream,
        "input_tokens": _number(tokens.input),
        "output_tokens": _number(tokens.output),
        "cached_tokens": _number(tokens.cached_input),
        "cache_write_tokens": _number(tokens.cache_write),
        "estimated": tokens.estimated,
        "cost": attempt.cost,
        "price_version": _text(attempt.price_version),
        "reserved": attempt.reserved,
        "seconds": attempt.seconds,
        "first_token": attempt.first_token,
        "cache": attempt.cache,
        "reason": _text(attempt.reason),
        "error": _text(attempt.error),
        "request_id": _text(caller.request_id),
    }


def _text(value: str) -> str:
    # PostgreSQL stores no NUL.
    return value.replace("\x00", "") if "\x00" in value else value


def _number(value: int) -> int:
    return min(value, _MOST)
