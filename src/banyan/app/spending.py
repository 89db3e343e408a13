"""Wires budgets: the escrow of this process, and what processes left behind that died on this data folder."""

import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from banyan.adapters.storage.budgets import SqlBudgets
from banyan.adapters.storage.engine import Database
from banyan.app.settings import Settings
from banyan.edge.http.health import Finding
from banyan.kernel.clock import SystemClock
from banyan.kernel.ids import PROCESS
from banyan.proxy.ports.budget_store import BudgetStore
from banyan.proxy.usecases.escrow import EscrowedBudgets
from banyan.proxy.usecases.manage_budgets import ManageBudgets


@dataclass(frozen=True, slots=True)
class Spending:
    """Open it before the ledger, so that it is closed after the ledger's last drain. dead: processes that are no more.

    Their spools lie on this data folder: the ledger drains them when it is opened.
    """

    budgets: EscrowedBudgets
    store: BudgetStore
    dead: dict[str, Path]

    def manage(self, settle: Callable[[], Awaitable[None]]) -> ManageBudgets:
        """The desk for operators. settle: drains the ledger, so that the books show what has just been spent."""
        return ManageBudgets(self.store, SystemClock(), self.budgets.refresh, settle)

    async def release_dead(self) -> None:
        """Frees what the dead still held; only when the ledger has drained their spools. Raises: Unavailable."""
        for process, path in self.dead.items():
            await self.store.release(process)
            path.unlink(missing_ok=True)

    async def probe(self) -> Finding:
        """Whether the books of budgets can be reached."""
        return Finding("degraded", self.budgets.fault) if self.budgets.fault else Finding("ok")


@asynccontextmanager
async def open_spending(settings: Settings, database: Database) -> AsyncIterator[Spending]:
    """Budgets, running."""
    clock = SystemClock()
    store = SqlBudgets(database, clock)
    budgets = EscrowedBudgets(store, clock)
    with _alive(settings.data / "budgets") as dead:
        async with budgets.running():
            yield Spending(budgets, store, dead)


@contextmanager
def _alive(folder: Path) -> Iterator[dict[str, Path]]:
    """Holds a lock that says that this process lives; the processes whose locks are free, with their files."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        dead = {path.stem: path for path in sorted(folder.glob("*.lock")) if not _is_locked(path)}
        own = folder / f"{PROCESS}.lock"
        descriptor = os.open(own, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield dead


def _is_locked(path: Path) -> bool:
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
