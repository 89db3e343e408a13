"""Reads and trims the usage ledger."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.usage_rows import trim_usage
from banyan.adapters.storage.usage_tables import usage
from banyan.kernel.errors import NotFound
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import CLIENT_GONE, Attempt, Caller, Status
from banyan.proxy.domain.pricing import Tokens
from banyan.proxy.domain.usage import Charged, UsageQuery, UsageSum

_TRIMMED_AT_ONCE = 5000
_WITHOUT_COST = (Status.FAILED.value, Status.CACHED.value)
"""What did not cost anything, and so is not missing a price."""
_FAILED = (Status.FAILED.value, Status.LOST.value)


class SqlUsage:
    """Implements `Usage`. settle: brings in what this process has finished, so that nobody misses their last call."""

    def __init__(self, database: Database, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        self._database = database
        self._settle = settle

    async def sums(self, query: UsageQuery, groups: Sequence[str], limit: int) -> list[UsageSum]:
        """Integers all through, so that sums are exact."""
        await self._settled()
        return await self._database.read(_sums, query, groups, limit)

    async def attempts(self, query: UsageQuery, after: str | None, limit: int) -> list[Attempt]:
        """Served by the index on tenant and time."""
        await self._settled()
        return await self._database.read(_attempts, query, after, limit)

    async def charged(self, since: datetime) -> list[Charged]:
        """By an index that has the rows alone that can be compared."""
        await self._settled()
        return await self._database.read(_charged, since)

    async def _settled(self) -> None:
        if self._settle is not None:
            await self._settle()

    async def trim(self, before: datetime) -> int:
        """In small transactions, so that nobody waits for it."""
        total = 0
        while gone := await self._database.write(trim_usage, before, _TRIMMED_AT_ONCE):
            total += gone
        return total


def _sums(connection: Connection, query: UsageQuery, groups: Sequence[str], limit: int) -> list[UsageSum]:
    columns = [usage.c[name] for name in groups]
    unpriced = and_(usage.c.cost.is_(None), usage.c.status.not_in(_WITHOUT_COST))
    cut = and_(usage.c.status == Status.CUT.value, usage.c.error != CLIENT_GONE)
    statement = select(
        *columns,
        func.count(),
        *(_sum(usage.c[name]) for name in ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens")),
        _sum(usage.c.cost),
        _sum(case((unpriced, 1), else_=0)),
        _sum(case((usage.c.estimated, 1), else_=0)),
        _sum(case((or_(usage.c.status.in_(_FAILED), cut), 1), else_=0)),
        func.coalesce(func.sum(usage.c.seconds), 0.0),
    )
    statement = _narrowed(statement, query).group_by(*columns).order_by(*columns).limit(limit)
    found = []
    for row in connection.execute(statement):
        group, figures = row[: len(columns)], row[len(columns) :]
        count, read, written, cached, cache_write, cost, priceless, estimated, failed = map(int, figures[:9])
        tokens = (read, written, cached, cache_write)
        sums = UsageSum(tuple(group), count, *tokens, Money(cost), priceless, estimated, failed, float(figures[9]))
        found.append(sums)
    return found


def _charged(connection: Connection, since: datetime) -> list[Charged]:
    columns = (func.count(), _sum(usage.c.reported), _sum(usage.c.listed))
    statement = select(usage.c.deployment, *columns).where(usage.c.listed.is_not(None), usage.c.at >= since)
    rows = connection.execute(statement.group_by(usage.c.deployment).order_by(usage.c.deployment))
    return [Charged(name, count, Money(int(reported)), Money(int(listed))) for name, count, reported, listed in rows]


def _attempts(connection: Connection, query: UsageQuery, after: str | None, limit: int) -> list[Attempt]:
    statement = _narrowed(select(usage), query)
    if after is not None:
        at = connection.execute(_narrowed(select(usage.c.at).where(usage.c.id == after), query)).scalar()
        if at is None:
            raise NotFound("There is no attempt with the id in `after`; begin again without it.", param="after")
        statement = statement.where(or_(usage.c.at < at, and_(usage.c.at == at, usage.c.id < after)))
    ordered = statement.order_by(usage.c.at.desc(), usage.c.id.desc()).limit(limit)
    return [_attempt(row) for row in connection.execute(ordered)]


def _narrowed(statement: Select[Any], query: UsageQuery) -> Select[Any]:
    if query.tenant is not None:
        statement = statement.where(usage.c.tenant == query.tenant)
    if query.since is not None:
        statement = statement.where(usage.c.at >= query.since)
    if query.until is not None:
        statement = statement.where(usage.c.at < query.until)
    return statement.where(*(usage.c[name] == value for name, value in query.filters.items()))


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _attempt(row: Any) -> Attempt:
    return Attempt(
        row.id,
        Caller(row.tenant, row.user, row.key, row.course, row.task, row.request_id),
        row.deployment,
        row.provider,
        row.model,
        row.at.timestamp(),
        row.kind,
        Status(row.status),
        Tokens(row.input_tokens, row.output_tokens, row.cached_tokens, row.cache_write_tokens, row.estimated),
        None if row.cost is None else Money(row.cost),
        row.price_version,
        row.seconds,
        row.first_token,
        row.cache,
        row.reason,
        row.error,
        Money(row.reserved),
        row.stream,
        reported=None if row.reported is None else Money(row.reported),
        listed=None if row.listed is None else Money(row.listed),
    )
