"""The books of budgets in the SQL database.

Whoever changes what is settled, or draws, first locks the account's row; several accounts are taken in one order.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.budget_tables import budget_accounts, budget_slices, budgets, processes
from banyan.adapters.storage.changes import last_change, mark_changed
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.key_tables import EVERYBODY
from banyan.kernel.clock import Clock
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Hold
from banyan.proxy.domain.budgets import Budget, BudgetState, Kind, Period, slice_of
from banyan.proxy.ports.budget_store import Drawn, Slice

_TOPIC = "budgets"
_GONE = Money(2**62)


class SqlBudgets:
    """The budget store over the tables of budgets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def change(self) -> int:
        """As the port says."""
        return await self._database.read(last_change, _TOPIC)

    async def all(self) -> Sequence[Budget]:
        """As the port says."""
        return await self._database.read(_all)

    async def put(self, budget: Budget) -> None:
        """As the port says."""
        await self._database.write(_put, budget)

    async def remove(self, tenant: str, id: str) -> bool:
        """As the port says."""
        return await self._database.write(_remove, tenant, id)

    async def states(self, tenant: str, id: str, window: str) -> Sequence[BudgetState]:
        """As the port says."""
        return await self._database.read(_states, tenant, id, window)

    async def draw(self, slice: Slice, needed: Money, wanted: Money) -> Drawn:
        """As the port says."""
        return await self._database.write(_draw, slice, needed, wanted)

    async def give_back(self, moves: Sequence[tuple[Slice, Money, bool]]) -> Sequence[bool]:
        """As the port says."""
        return await self._database.write(_give_back, moves)

    async def last_move(self, slice: Slice) -> tuple[int, Money] | None:
        """As the port says."""
        return await self._database.write(_last_move, slice)

    async def beat(self, process: str) -> None:
        """As the port says."""
        await self._database.write(_beat, process, self._clock)

    async def release(self, process: str) -> None:
        """As the port says."""
        await self._database.write(_release, process)

    async def forfeit(self, seconds: float) -> int:
        """As the port says."""
        return await self._database.write(_forfeit, seconds, self._clock)


def book(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Settles what the attempts cost, within the transaction that writes them into the ledger for the first time.

    The slices that held it shrink by as much. Where one is gone, its time has run out and it counts as spent already.
    """
    costs: dict[tuple[str, str, str, str, str], int] = {}
    for attempt in attempts:
        for hold in attempt.holds if attempt.cost else ():
            key = (attempt.caller.tenant, hold.budget, hold.who, hold.window, attempt.process)
            costs[key] = costs.get(key, 0) + (attempt.cost or 0)
    for (tenant, budget, who, window, process), cost in sorted(costs.items()):
        hold = Hold(budget, who, window)
        _locked(connection, tenant, hold)
        held = _is(budget_slices, tenant, hold) & (budget_slices.c.process == process)
        shrunk = connection.execute(
            update(budget_slices).where(held).values(amount=budget_slices.c.amount - cost)
        ).rowcount
        if shrunk:
            account = _is(budget_accounts, tenant, hold)
            connection.execute(update(budget_accounts).where(account).values(settled=budget_accounts.c.settled + cost))


def _draw(connection: Connection, slice: Slice, needed: Money, wanted: Money) -> Drawn:
    mine = (budgets.c.tenant == slice.tenant) & (budgets.c.id == slice.hold.budget)
    insert_ = _insert(connection)
    row = _account_row(slice.tenant, slice.hold)
    connection.execute(insert_(budget_accounts).values(**row, settled=0).on_conflict_do_nothing())
    settled = _locked(connection, slice.tenant, slice.hold)
    limit = connection.execute(select(budgets.c.limit).where(mine)).scalar_one_or_none()
    left = _GONE if limit is None else Money(limit - settled - _held(connection, slice.tenant, slice.hold))
    amount = slice_of(left, needed, wanted)
    if left < needed:
        return Drawn(None, left)
    made = insert_(budget_slices).values(**row, process=slice.process, amount=amount, number=slice.number, moved=amount)
    connection.execute(
        made.on_conflict_do_update(
            index_elements=list(budget_slices.primary_key.columns),
            set_={"amount": budget_slices.c.amount + amount, "number": slice.number, "moved": amount},
        )
    )
    return Drawn(amount, Money(left - amount))


def _give_back(connection: Connection, moves: Sequence[tuple[Slice, Money, bool]]) -> list[bool]:
    gone: dict[int, bool] = {}
    order = sorted(range(len(moves)), key=lambda index: _order(moves[index][0]))
    for index in order:
        slice, amount, over = moves[index]
        mine = _mine(slice)
        found = connection.execute(
            update(budget_slices)
            .where(mine)
            .values(amount=budget_slices.c.amount - amount, number=slice.number, moved=-amount)
            .returning(budget_slices.c.amount)
        ).scalar_one_or_none()
        gone[index] = found is None
        if over and found == 0:
            connection.execute(delete(budget_slices).where(mine))
            gone[index] = True
    return [gone[index] for index in range(len(moves))]


def _last_move(connection: Connection, slice: Slice) -> tuple[int, Money] | None:
    _locked(connection, slice.tenant, slice.hold)
    columns = (budget_slices.c.number, budget_slices.c.moved)
    row = connection.execute(select(*columns).where(_mine(slice))).one_or_none()
    return None if row is None else (row.number, Money(row.moved))


def _release(connection: Connection, process: str) -> None:
    connection.execute(delete(budget_slices).where(budget_slices.c.process == process))
    connection.execute(delete(processes).where(processes.c.id == process))


def _forfeit(connection: Connection, seconds: float, clock: Clock) -> int:
    silent = select(processes.c.id).where(processes.c.seen_at < clock.now() - timedelta(seconds=seconds))
    lost = select(budget_slices).where(budget_slices.c.process.in_(silent))
    count = 0
    for row in sorted(connection.execute(lost).all(), key=lambda row: tuple(row)[:5]):
        hold = Hold(row.budget, row.who, row.window)
        _locked(connection, row.tenant, hold)
        mine = _is(budget_slices, row.tenant, hold) & (budget_slices.c.process == row.process)
        amount = connection.execute(delete(budget_slices).where(mine).returning(budget_slices.c.amount)).scalar()
        if amount is not None:
            spent = update(budget_accounts).where(_is(budget_accounts, row.tenant, hold))
            connection.execute(spent.values(settled=budget_accounts.c.settled + amount))
            count += 1
    connection.execute(delete(processes).where(processes.c.seen_at < clock.now() - timedelta(seconds=2 * seconds)))
    return count


def _beat(connection: Connection, process: str, clock: Clock) -> None:
    now = clock.now()
    made = _insert(connection)(processes).values(tenant=EVERYBODY, id=process, seen_at=now)
    keys = list(processes.primary_key.columns)
    connection.execute(made.on_conflict_do_update(index_elements=keys, set_={"seen_at": now}))


def _all(connection: Connection) -> list[Budget]:
    rows = connection.execute(select(budgets).order_by(budgets.c.created_at, budgets.c.id))
    return [
        Budget(**{**row._mapping, "kind": Kind(row.kind), "period": Period(row.period), "limit": Money(row.limit)})
        for row in rows
    ]


def _put(connection: Connection, budget: Budget) -> None:
    connection.execute(delete(budgets).where(budgets.c.tenant == budget.tenant, budgets.c.id == budget.id))
    values = {column.name: getattr(budget, column.name) for column in budgets.columns}
    connection.execute(insert(budgets).values(**{**values, "kind": budget.kind.value, "period": budget.period.value}))
    mark_changed(connection, _TOPIC)


def _remove(connection: Connection, tenant: str, id: str) -> bool:
    found = connection.execute(delete(budgets).where(budgets.c.tenant == tenant, budgets.c.id == id)).rowcount
    for table in (budget_accounts, budget_slices):
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.budget == id))
    mark_changed(connection, _TOPIC)
    return bool(found)


def _states(connection: Connection, tenant: str, id: str, window: str) -> list[BudgetState]:
    states: dict[str, dict[str, int]] = {}
    for table, column, name in ((budget_accounts, "settled", "settled"), (budget_slices, "amount", "reserved")):
        mine = (table.c.tenant == tenant) & (table.c.budget == id) & (table.c.window == window)
        for row in connection.execute(select(table.c.who, func.sum(table.c[column])).where(mine).group_by(table.c.who)):
            states.setdefault(row[0], {})[name] = int(row[1])
    return [
        BudgetState(who, window, Money(state.get("settled", 0)), Money(state.get("reserved", 0)))
        for who, state in sorted(states.items())
    ]


def _locked(connection: Connection, tenant: str, hold: Hold) -> int:
    """What is settled; the account is this transaction's until it ends."""
    wanted = select(budget_accounts.c.settled).where(_is(budget_accounts, tenant, hold)).with_for_update()
    return connection.execute(wanted).scalar_one_or_none() or 0


def _held(connection: Connection, tenant: str, hold: Hold) -> int:
    total = select(func.coalesce(func.sum(budget_slices.c.amount), 0)).where(_is(budget_slices, tenant, hold))
    return int(connection.execute(total).scalar_one())


def _is(table: Table, tenant: str, hold: Hold) -> ColumnElement[bool]:
    columns = table.c
    return (
        (columns.tenant == tenant)
        & (columns.budget == hold.budget)
        & (columns.who == hold.who)
        & (columns.window == hold.window)
    )


def _mine(slice: Slice) -> ColumnElement[bool]:
    return _is(budget_slices, slice.tenant, slice.hold) & (budget_slices.c.process == slice.process)


def _account_row(tenant: str, hold: Hold) -> dict[str, str]:
    return {"tenant": tenant, "budget": hold.budget, "who": hold.who, "window": hold.window}


def _order(slice: Slice) -> tuple[str, ...]:
    return (slice.tenant, slice.hold.budget, slice.hold.who, slice.hold.window, slice.process)


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
