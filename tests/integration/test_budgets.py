"""Budgets over real processes: many callers, two processes, one database; and one that is killed."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from banyan.adapters.storage.budgets import SqlBudgets, book
from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.kernel.clock import SystemClock
from banyan.kernel.money import Money
from banyan.proxy.domain.budgets import Budget, BudgetState, Kind, Period

SPENDER = str(Path(__file__).parents[1] / "support" / "spender.py")
LIMIT = 1_000_003
WORST = 1500
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def with_budget(url: str) -> None:
    database = await open_database(url)
    budget = Budget("default", "bud_1", "all", Kind.TENANT, "default", Period.TOTAL, Money(LIMIT), NOW, "ops")
    await SqlBudgets(database, SystemClock()).put(budget)
    await database.close()


async def state(url: str) -> BudgetState:
    database = await open_database(url)
    found = await SqlBudgets(database, SystemClock()).states("default", "bud_1", "total")
    await database.close()
    return found[0]


def spender(url: str, folder: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, SPENDER, url, str(folder), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_never_overspend_and_leave_little(house_url: str, tmp_path: Path) -> None:
    """64 callers spend until nothing is left for a call: never a nano-dollar too much, and what is left is small."""
    asyncio.run(with_budget(house_url))
    running = [spender(house_url, tmp_path / name, "32") for name in ("one", "two")]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    spent = sum(int(out.split()[1]) for out, _ in told)
    found = asyncio.run(state(house_url))
    assert (found.settled, found.reserved) == (spent, 0)
    assert LIMIT - 2 * WORST <= spent <= LIMIT


def test_a_killed_process_is_charged_what_it_spent_and_no_more(house_url: str, tmp_path: Path) -> None:
    """Its spool says what; once that is drained, the rest of its slice is free again."""
    asyncio.run(with_budget(house_url))
    process = spender(house_url, tmp_path / "ledger", "1", "stay")
    assert process.stdout is not None
    name, spent = process.stdout.readline().split()
    process.kill()
    process.communicate()
    assert asyncio.run(state(house_url)).reserved > 0

    async def adopt() -> None:
        database = await open_database(house_url)
        async with SpooledLedger(tmp_path / "ledger", database, [book]).running():
            await SqlBudgets(database, SystemClock()).release(name)
        await database.close()

    asyncio.run(adopt())
    found = asyncio.run(state(house_url))
    assert (found.settled, found.reserved) == (int(spent), 0)
