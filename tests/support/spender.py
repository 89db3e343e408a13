"""A process of callers that spend one budget: `spender.py DATABASE_URL FOLDER CALLERS [stay]`.

Each call sets aside 1,000 nano-dollars or so and costs a part of it. A caller ends when it is refused and nothing
comes free within two seconds. Prints the sum of what was spent; with `stay` it spends a little and waits to be killed.
"""

import asyncio
import random
import sys
import time
from pathlib import Path

from msgspec import structs

from banyan.adapters.storage.budgets import SqlBudgets, book
from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import QuotaExceeded
from banyan.kernel.ids import PROCESS, new_id
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Caller, Status
from banyan.proxy.usecases.escrow import EscrowedBudgets

CALLER = Caller("default", "ana", "key_1", "stats")


async def main(url: str, folder: str, callers: int, stay: bool) -> None:
    database = await open_database(url)
    budgets = EscrowedBudgets(SqlBudgets(database, SystemClock()), SystemClock())
    ledger = SpooledLedger(Path(folder), database, [book])
    spent = 0

    async def one_call() -> None:
        nonlocal spent
        worst = Money(random.randint(500, 1500))
        held = await budgets.reserve(CALLER, worst)
        began = Attempt(new_id("att"), CALLER, "d", "p", "m", time.time(), reserved=worst, holds=held.holds)
        ledger.begin(began)
        await asyncio.sleep(random.random() / 500)
        cost = Money(random.randint(0, worst))
        budgets.settle(held, cost)
        ledger.finish(structs.replace(began, status=Status.OK, cost=cost))
        spent += cost

    async def caller() -> None:
        refused = 0
        while refused < 8:
            try:
                await one_call()
                refused = 0
            except QuotaExceeded:
                refused += 1
                await asyncio.sleep(0.25)

    async with budgets.running(), ledger.running():
        if stay:
            for _ in range(20):
                await one_call()
            began = Attempt(new_id("att"), CALLER, "d", "p", "m", time.time(), reserved=Money(777))
            held = await budgets.reserve(CALLER, Money(777))
            ledger.begin(structs.replace(began, holds=held.holds))
            print(PROCESS, spent + 777, flush=True)
            await asyncio.Event().wait()
        await asyncio.gather(*(caller() for _ in range(callers)))
    await database.close()
    print(PROCESS, spent, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), "stay" in sys.argv))
