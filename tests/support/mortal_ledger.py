"""A process that notes attempts until it is killed.

    mortal_ledger.py FOLDER NAME

Its attempts are called `NAME-000000` and so on.
Prints `begun ID` and `finished ID` after the ledger was told.
"""

import asyncio
import sys
from pathlib import Path

from attempts import attempt, open_books
from msgspec import structs

from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.proxy.domain.accounting import Status


async def main(folder: Path, name: str) -> None:
    ledger = SpooledLedger(folder / "ledger", await open_books(folder), segment_bytes=20_000)
    async with ledger.running():
        number = 0
        while True:
            for _ in range(20):
                one = attempt(f"{name}-{number:06}", status=Status.OK, cost=None)
                ledger.begin(one)
                sys.stdout.write(f"begun {one.id}\n")
                if number % 10:
                    ledger.finish(structs.replace(one, cost=7))
                    sys.stdout.write(f"finished {one.id}\n")
                number += 1
            sys.stdout.flush()
            await asyncio.sleep(0.001)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
