"""Budgets hold whatever several processes do at once, and whichever of them dies."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs
from private_servers import migrated_sqlite

from banyan.adapters.storage.budgets import SqlBudgets
from banyan.adapters.storage.budgets import book as book_attempts
from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_rows import add_usage
from banyan.kernel.errors import InvalidInput, QuotaExceeded
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Caller
from banyan.proxy.domain.budgets import Budget, BudgetWish, Kind, Period, checked, hold_of, resets_at, slice_of, window
from banyan.proxy.ports.budgets import Reservation
from banyan.proxy.usecases.escrow import FORFEIT_SECONDS, EscrowedBudgets

START = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
ANA = Caller("oak", "ana", "key_1", "stats")


@dataclass
class HandClock:
    """A clock that is set by hand."""

    time: datetime = START

    def now(self) -> datetime:
        return self.time


def budget(limit: int, kind: Kind = Kind.TENANT, subject: str = "oak", period: Period = Period.TOTAL) -> Budget:
    return Budget("oak", f"bud_{kind}_{period}", "ours", kind, subject, period, Money(limit), START, "ops")


@dataclass
class Process:
    """One process: its budgets, its calls under way, and the attempts that are in its spool."""

    name: str
    budgets: EscrowedBudgets
    calls: list[Reservation] = field(default_factory=list)
    spool: list[Attempt] = field(default_factory=list)
    spent: int = 0


def attempt(process: Process, held: Reservation, cost: int, number: int, at: datetime) -> Attempt:
    row = Attempt(f"att_{process.name}_{number}", ANA, "d", "p", "m", at.timestamp(), reserved=held.amount)
    return structs.replace(row, cost=Money(cost), holds=held.holds, process=process.name)


class SeveralProcesses(RuleBasedStateMachine):
    """Three processes share one budget; each may call, settle, drain its spool, tick, die, or be found dead."""

    @initialize(limit=st.integers(50, 5000))
    def start(self, limit: int) -> None:
        self.folder = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = HandClock()
        self.database: Database = self.runner.run(open_database(migrated_sqlite(Path(self.folder.name))))
        self.store = SqlBudgets(self.database, self.clock)
        self.limit = self.most = limit
        self.run(self.store.put(budget(limit)))
        self.count = self.lost = 0
        self.processes = [self.process() for _ in range(3)]
        self.dead: list[Process] = []

    def run(self, work):  # type: ignore[no-untyped-def]
        return self.runner.run(work)

    def process(self) -> Process:
        self.count += 1
        name = f"p{self.count}"
        made = Process(name, EscrowedBudgets(self.store, self.clock, name))
        self.run(made.budgets.refresh())
        return made

    @rule(which=st.integers(0, 2), amount=st.integers(1, 300))
    def call(self, which: int, amount: int) -> None:
        process = self.processes[which]
        try:
            process.calls.append(self.run(process.budgets.reserve(ANA, Money(amount))))
        except QuotaExceeded:
            return

    @rule(which=st.integers(0, 2), part=st.floats(0, 1))
    def settle(self, which: int, part: float) -> None:
        process = self.processes[which]
        if process.calls:
            held = process.calls.pop(0)
            cost = int(held.amount * part)
            self.count += 1
            process.budgets.settle(held, Money(cost))
            process.spent += cost
            process.spool.append(attempt(process, held, cost, self.count, self.clock.time))

    @rule(which=st.integers(0, 2))
    def drain(self, which: int) -> None:
        process = self.processes[which]
        self.book(process.spool)
        process.spool = []

    @rule(which=st.integers(0, 2))
    def drain_twice(self, which: int) -> None:
        self.book(self.processes[which].spool)

    @rule(which=st.integers(0, 2), idle=st.integers(0, 3))
    def tick(self, which: int, idle: int) -> None:
        for account in self.processes[which].budgets._accounts.values():
            account.idle_ticks += idle
        self.run(self.processes[which].budgets.tick())

    @rule(which=st.integers(0, 2))
    def die(self, which: int) -> None:
        """Killed: what is under way counts as having cost what was set aside."""
        process = self.processes[which]
        for held in process.calls:
            self.count += 1
            process.spool.append(attempt(process, held, held.amount, self.count, self.clock.time))
            process.spent += held.amount
        self.dead.append(process)
        self.processes[which] = self.process()

    @rule()
    def adopt(self) -> None:
        """A new process drains the spool of a dead one, and then frees what that still held."""
        if self.dead:
            process = self.dead.pop(0)
            self.book(process.spool)
            self.run(self.store.release(process.name))
            self.lost += process.spent

    @rule(limit=st.integers(1, 6000))
    def change(self, limit: int) -> None:
        self.limit, self.most = limit, max(limit, self.most)
        self.run(self.store.put(budget(limit)))

    @invariant()
    def never_overspent(self) -> None:
        """What was really spent, and what is set aside, never goes beyond the highest limit there was."""
        if not hasattr(self, "processes"):
            return
        everybody = [*self.processes, *self.dead]
        spent = self.lost + sum(one.spent for one in everybody)
        held = sum(call.amount for one in self.processes for call in one.calls)
        assert spent + held <= self.most

    def book(self, spool: list[Attempt]) -> None:
        if spool:
            self.run(self.database.write(add_usage, spool, [book_attempts]))

    def teardown(self) -> None:
        if not hasattr(self, "processes"):
            return
        for process in self.processes:
            while process.calls:
                process.budgets.settle(process.calls.pop(), Money(0))
            self.book(process.spool)
            for _ in range(2):
                self.run(process.budgets._close())
        while self.dead:
            self.adopt()
        spent = self.lost + sum(one.spent for one in self.processes)
        states = self.run(self.store.states("oak", "bud_tenant_total", "total"))
        assert sum(state.settled for state in states) == spent
        assert sum(state.reserved for state in states) == 0
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestSeveralProcesses = SeveralProcesses.TestCase
TestSeveralProcesses.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[SqlBudgets, HandClock]]:
    with asyncio.Runner() as runner:
        database = runner.run(open_database(migrated_sqlite(tmp_path)))
        clock = HandClock()
        yield SqlBudgets(database, clock), clock
        runner.run(database.close())


def test_a_refusal_names_the_budget_and_its_reset(store: tuple[SqlBudgets, HandClock]) -> None:
    """An hour before the month ends the caller is told to wait an hour; in the new month there is money again."""
    books, clock = store

    async def work() -> None:
        await books.put(budget(100, Kind.COURSE, "stats", Period.MONTH))
        budgets = EscrowedBudgets(books, clock, "p")
        await budgets.refresh()
        assert not budgets.limits(structs.replace(ANA, course=None))
        assert not budgets.limits(structs.replace(ANA, tenant="elm"))
        await budgets.reserve(ANA, Money(60))
        with pytest.raises(QuotaExceeded, match=r"'ours' of \$0\.000000100 .* renewed on 2026-02-01") as refused:
            await budgets.reserve(ANA, Money(60))
        assert refused.value.retry_after == 3600
        clock.time += timedelta(hours=1)
        await budgets.reserve(ANA, Money(60))

    asyncio.run(work())


def test_each_user_has_a_budget_and_all_that_apply_must_agree(store: tuple[SqlBudgets, HandClock]) -> None:
    """Ben's money is not Ana's; where the tenant has none left, nothing is held in the user's budget either."""
    books, clock = store

    async def work() -> None:
        await books.put(budget(100, Kind.USER, ""))
        await books.put(budget(150))
        budgets = EscrowedBudgets(books, clock, "p")
        await budgets.refresh()
        first = await budgets.reserve(ANA, Money(90))
        ben = structs.replace(ANA, user="ben")
        with pytest.raises(QuotaExceeded):
            await budgets.reserve(ben, Money(90))
        budgets.settle(first, Money(10))
        second = await budgets.reserve(ben, Money(90))
        assert {hold.who for hold in second.holds} == {"ben", ""}

    asyncio.run(work())


def test_a_process_without_a_sign_for_long_is_counted_as_having_spent_all(store: tuple[SqlBudgets, HandClock]) -> None:
    """Later drains of its spool add nothing; and a process that slept for so long spends nothing that it held."""
    books, clock = store

    async def work() -> None:
        await books.put(budget(10_000))
        budgets = EscrowedBudgets(books, clock, "sleeper")
        await budgets.refresh()
        held = await budgets.reserve(ANA, Money(10))
        clock.time += timedelta(seconds=FORFEIT_SECONDS + 1)
        assert await books.forfeit(FORFEIT_SECONDS) == 1
        settled = (await books.states("oak", "bud_tenant_total", "total"))[0].settled
        assert settled > 10
        sleeper = Process("sleeper", budgets)
        row = attempt(sleeper, held, 10, 1, clock.time)
        await books._database.write(add_usage, [row], [book_attempts])
        assert (await books.states("oak", "bud_tenant_total", "total"))[0].settled == settled
        await budgets.reserve(ANA, Money(10))
        state = (await books.states("oak", "bud_tenant_total", "total"))[0]
        assert state.settled + state.reserved <= 10_000

    asyncio.run(work())


def test_windows_follow_the_calendar_in_utc() -> None:
    """Days and months end at midnight UTC; a total never ends."""
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert [window(period, at) for period in Period] == ["2026-12-31", "2026-12", "total"]
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    assert [resets_at(period, at) for period in Period] == [new_year, new_year, None]
    assert hold_of(budget(1, Kind.KEY, "key_2"), ANA, at) is None


@pytest.mark.parametrize(
    ("left", "needed", "wanted", "drawn"),
    [(8_000_000, 10, 10, 5120), (800, 10, 10, 100), (399, 10, 10, 10), (399, 10, 70, 70), (5, 10, 10, 0)],
)
def test_slices_shrink_with_what_is_left(left: int, needed: int, wanted: int, drawn: int) -> None:
    """Much is drawn where much is left, exactly what is needed near the end, and nothing beyond it."""
    assert slice_of(Money(left), Money(needed), Money(wanted)) == drawn


def test_subjects_are_checked() -> None:
    """A budget's subject has to be an id; a tenant's is the tenant."""
    assert checked(BudgetWish(Kind.TENANT, "", Period.DAY, Money(1)), "oak").subject == "oak"
    assert checked(BudgetWish(Kind.USER, "", Period.DAY, Money(1)), "oak").name == "each user by day"
    with pytest.raises(InvalidInput):
        checked(BudgetWish(Kind.USER, "a/b", Period.DAY, Money(1)), "oak")
