"""Spends budgets from slices: drawn from the shared books in one transaction, used in memory, given back when idle.

Of every slice a process knows only what is free. What it has reserved, and what it has spent until the ledger books
it, stays in the slice: so settled, plus all slices, is never less than what was spent.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Unavailable
from banyan.kernel.ids import PROCESS
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Caller, Hold
from banyan.proxy.domain.budgets import Budget, hold_of, is_tight, used_up
from banyan.proxy.ports.budget_store import BudgetStore, Slice
from banyan.proxy.ports.budgets import Reservation

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
"""How often changed budgets are looked for and idle money is given back."""
SPARE_TICKS = 20
"""What was spare for so many ticks is given back while calls go on. After one tick already, busy callers would draw
again and again what they had just given back, and each draw keeps calls waiting for the database."""
FORFEIT_SECONDS = 3600
"""After so long without a sign, what a process held counts as spent."""
_LEASE_SECONDS = FORFEIT_SECONDS / 2
"""For so long a process spends what it holds without having reached the books."""
_BEAT_SECONDS = 5
_REFUSED_SECONDS = 0.2
"""For so long a refusal is believed, so that callers without money do not keep the database busy."""
_LOOK_SECONDS = 60
"""How often slices of processes that are long gone are looked for."""
_SHORTEST_PAUSE = 0.02
_MOST_TURNS = 64
_MOST_CACHED = 20_000


@dataclass(eq=False, slots=True)
class _Account:
    """One slice. free: drawn and not used; below 0 what was spent beyond it. low: the least in the last `SPARE_TICKS`.

    number: of the last movement; starts at the time, so that no earlier slice had it. opened: the books have the slice.
    tight: so little is left that nothing is kept. unsure: a movement whose outcome is not known.
    refused: how much was not left, and until when to believe it.
    """

    budget: Budget
    hold: Hold
    free: int = 0
    reserved: int = 0
    low: int = 0
    waiting: int = 0
    number: int = field(default_factory=time.time_ns)
    opened: bool = False
    tight: bool = False
    idle_ticks: int = 0
    unsure: int | None = None
    refused: tuple[int, float] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def idle(self) -> bool:
        """Whether nobody has asked for a while."""
        return self.idle_ticks >= 2


class EscrowedBudgets:
    """Implements `Budgets`. Use it within `running()`, around the ledger. process: unique, also over restarts."""

    def __init__(self, store: BudgetStore, clock: Clock, process: str = PROCESS) -> None:
        self._store = store
        self._clock = clock
        self._process = process
        self._budgets: dict[str, list[Budget]] = {}
        self._change = -1
        self._accounts: dict[tuple[str, Hold], _Account] = {}
        self._under: dict[tuple[str, str | None, str, str | None], tuple[_Account, ...]] = {}
        self._cached_until = clock.now()
        self._beat_at = 0.0
        self._ticks = 0
        self._wake = asyncio.Event()
        self.fault = ""

    def limits(self, caller: Caller) -> bool:
        """As the port says."""
        return caller.tenant in self._budgets and bool(self._accounts_of(caller))

    async def reserve(self, caller: Caller, amount: Money) -> Reservation:
        """As the port says."""
        if amount == 0:
            return Reservation(amount)  # what costs nothing needs no budget
        for _ in range(_MOST_TURNS):
            accounts = self._accounts_of(caller) if caller.tenant in self._budgets else ()
            lacking = None
            stale = self._age() > _LEASE_SECONDS
            for account in accounts:
                if account.free < amount or not account.opened or stale:
                    lacking = account
                    break
            if lacking is None:
                for account in accounts:
                    account.free -= amount
                    account.reserved += amount
                    account.low = min(account.low, account.free)
                    account.idle_ticks = 0
                return Reservation(amount, tuple(account.hold for account in accounts), accounts)
            if stale:
                await self._beat()
            else:
                await self._draw(lacking, amount)
        raise Unavailable("Budgets are too busy; try again in a moment.", retry_after=1)

    def settle(self, reservation: Reservation, cost: Money) -> None:
        """As the port says."""
        for account in reservation.accounts:
            assert isinstance(account, _Account)
            account.reserved -= reservation.amount
            account.free += reservation.amount - cost
            if account.free < 0 or (account.tight and account.free > 0):
                self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows changes and gives back what is idle while the block runs, and everything in the end."""
        await self.refresh()
        task = asyncio.create_task(self._keep(), name="keep budgets")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._close()

    async def refresh(self) -> None:
        """Takes over what has changed. Raises: Unavailable."""
        change = await self._store.change()
        if change == self._change:
            return
        found: dict[str, list[Budget]] = {}
        for budget in await self._store.all():
            found.setdefault(budget.tenant, []).append(budget)
        self._budgets = found
        self._under.clear()
        known = {budget.id: budget for budgets in found.values() for budget in budgets}
        for account in self._accounts.values():
            account.refused = None
            account.budget = known.get(account.hold.budget, account.budget)
            account.tight = True  # gives back at the next tick: a lower limit is in force only when slices follow it
        self._change = change

    async def tick(self) -> None:
        """What is done twice a second. Raises: Unavailable."""
        await self.refresh()
        for account in [one for one in self._accounts.values() if one.unsure is not None and not one.turn.locked()]:
            async with account.turn:
                if account.unsure is not None:
                    await self._resolve(account)
        self._forget_idle()
        await self._give_back()
        if any(account.opened for account in self._accounts.values()) and self._age() > _BEAT_SECONDS:
            await self._beat()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        looked = 0.0
        while True:
            await self._pause()
            try:
                await self.tick()
                if loop.time() - looked > _LOOK_SECONDS:
                    looked = loop.time()
                    if forfeited := await self._store.forfeit(FORFEIT_SECONDS):
                        log.warning("slices-counted-as-spent", count=forfeited)
                self.fault = ""
            except BanyanError as error:
                if not self.fault:
                    log.warning("budgets-not-kept", error=error.message)
                self.fault = f"Budgets are spent from what this process holds: {error.message}"
            except Exception as error:
                log.exception("budgets-not-kept")
                self.fault = f"Idle money is not given back ({type(error).__name__}); look at the log."

    async def _pause(self) -> None:
        """Until the next tick, or until there is something to give back at once."""
        await asyncio.sleep(_SHORTEST_PAUSE)
        try:
            async with asyncio.timeout(TICK_SECONDS - _SHORTEST_PAUSE):
                await self._wake.wait()
        except TimeoutError:
            self._ticks += 1
            for account in self._accounts.values():
                account.idle_ticks += 1
        self._wake.clear()

    def _age(self) -> float:
        """Seconds since this process last said that it lives."""
        return self._clock.now().timestamp() - self._beat_at

    async def _close(self) -> None:
        for account in self._accounts.values():
            account.idle_ticks = 2
        try:
            await self.tick()
        except BanyanError as error:
            log.warning("budgets-not-given-back", error=error.message)

    async def _beat(self) -> None:
        """Says that this process lives. After too long without, others may have counted its slices as spent."""
        if self._beat_at and self._age() > _LEASE_SECONDS:
            self._accounts.clear()  # those under way keep theirs, and nobody else uses them
            self._under.clear()
        await self._store.beat(self._process)
        self._beat_at = self._clock.now().timestamp()

    async def _draw(self, account: _Account, amount: int) -> None:
        """Makes `free` at least the amount. Raises: QuotaExceeded, Unavailable."""
        if self._is_refused(account, amount):
            raise used_up(account.budget, self._clock.now())
        account.waiting += amount
        try:
            async with account.turn:
                if account.opened and account.free >= amount:
                    return
                if account.unsure is not None:
                    await self._resolve(account)
                if self._is_refused(account, amount):
                    raise used_up(account.budget, self._clock.now())
                needed = Money(max(0, amount - account.free))
                wanted = Money(max(needed, account.waiting - account.free))
                account.unsure = 1
                drawn = await self._store.draw(self._slice(account), needed, wanted)
                account.unsure = None
        finally:
            account.waiting -= amount
        account.tight = is_tight(drawn.left, Money(amount))
        if drawn.amount is None:
            account.refused = (needed, asyncio.get_running_loop().time() + _REFUSED_SECONDS)
            raise used_up(account.budget, self._clock.now())
        account.number += 1
        account.opened = True
        account.free += drawn.amount
        account.low = account.free

    async def _give_back(self) -> None:
        looked = self._ticks % SPARE_TICKS == 0
        moves: list[_Account] = []
        asked = []
        for account in self._accounts.values():
            over = account.idle and account.reserved == 0
            whole = account.tight or account.idle or account.free < 0
            if not whole and not looked:
                continue
            amount = account.free if whole else min(account.low, account.free)
            account.low = account.free - amount
            if account.waiting or account.turn.locked() or account.unsure is not None:
                continue
            if not account.opened or not (amount or over):
                continue
            await account.turn.acquire()  # nobody has it or waits for it, so nothing happens in between
            account.free -= amount
            account.unsure = -amount
            account.tight = False
            account.opened = not over  # whoever comes meanwhile has to draw, and waits for its turn
            moves.append(account)
            asked.append((self._slice(account), Money(amount), over))
        if not moves:
            return
        try:
            gone = await self._store.give_back(asked)
            for account, is_gone in zip(moves, gone, strict=True):
                account.unsure = None
                account.number += 1
                account.opened = not is_gone
        finally:
            for account in moves:
                account.turn.release()

    async def _resolve(self, account: _Account) -> None:
        """Finds out whether the last movement happened. Raises: Unavailable."""
        assert account.unsure is not None
        found = await self._store.last_move(self._slice(account))
        gave = account.unsure <= 0
        happened = found is not None and found[0] == account.number + 1
        if happened and not gave:
            assert found is not None
            account.free += found[1]
        elif gave and found is not None and not happened:
            account.free -= account.unsure
        account.number += 1
        account.opened = found is not None
        account.unsure = None

    def _is_refused(self, account: _Account, amount: int) -> bool:
        if account.refused is None:
            return False
        lacking, until = account.refused
        return amount - account.free >= lacking and asyncio.get_running_loop().time() < until

    def _slice(self, account: _Account) -> Slice:
        return Slice(account.budget.tenant, account.hold, self._process, account.number + 1)

    def _accounts_of(self, caller: Caller) -> tuple[_Account, ...]:
        now = self._clock.now()
        if now >= self._cached_until or len(self._under) > _MOST_CACHED:
            self._under.clear()
            self._cached_until = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        key = (caller.tenant, caller.key, caller.user, caller.course)
        found = self._under.get(key)
        if found is None:
            holds = ((budget, hold_of(budget, caller, now)) for budget in self._budgets.get(caller.tenant, ()))
            found = tuple(self._account(budget, hold) for budget, hold in holds if hold is not None)
            self._under[key] = found
        return found

    def _account(self, budget: Budget, hold: Hold) -> _Account:
        account = self._accounts.get((budget.tenant, hold))
        if account is None:
            account = self._accounts[budget.tenant, hold] = _Account(budget, hold)
        return account

    def _forget_idle(self) -> None:
        gone = [
            account
            for account in self._accounts.values()
            if account.idle and not (account.opened or account.reserved or account.waiting or account.free)
        ]
        if gone:
            for account in gone:
                del self._accounts[account.budget.tenant, account.hold]
            self._under = {key: found for key, found in self._under.items() if not any(one in found for one in gone)}
