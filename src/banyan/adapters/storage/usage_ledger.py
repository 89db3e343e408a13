"""The usage ledger: noted in a spool at once, brought into the database in the background."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy.exc import StatementError

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.usage_rows import Book, add_usage
from banyan.adapters.storage.usage_spool import BEGAN, FINISHED, DeadRun, Spool, dead_runs, line, mended, read_lines
from banyan.kernel.errors import InvalidInput, Unavailable
from banyan.proxy.domain.accounting import Attempt, lost

BATCH = 500
"""Rows in one transaction: few enough that other writers, and other threads, do not wait long."""
_GATHER_SECONDS = 0.2
"""How long a row waits for company; the spool keeps it safe meanwhile."""
_PAUSES = (0.5, 1, 2, 5, 10)
"""Seconds between tries while the database or the disk refuses."""
_KEPT = 50_000
"""Rows kept in memory while the disk is full, some 30 MB; more are dropped, and counted."""
_FRESH = 10_000
"""Rows kept in memory beside their lines, which saves reading these; more are read from the disk in time."""
REFUSED = "refused.spool"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LedgerState:
    """waiting: finished rows that are not in the database yet, of which `in_memory` have no file to survive in.

    dropped: lost for good, because disk and memory were full. refused: rows that the database will not take as they
    are; they stay in a file. trouble: what is wrong, in words; "" when nothing is.
    """

    waiting: int
    in_memory: int
    dropped: int
    refused: int
    spool_bytes: int
    trouble: str


@dataclass
class _Counts:
    waiting: int = 0
    dropped: int = 0
    refused: int = 0


@dataclass
class SpooledLedger:
    """Implements `Ledger`. Use it within `running()`.

    folder: of the spools. books: told of new rows in the transaction that writes them; may be added to until `running`.
    taken_over: called once all that dead processes left is in the database. Raises: Unavailable, to be tried again.
    """

    folder: Path
    database: Database
    books: list[Book] = field(default_factory=list)
    taken_over: Callable[[], Awaitable[None]] | None = None
    segment_bytes: int = 2 * 1024 * 1024

    def __post_init__(self) -> None:
        self._spool = Spool(self.folder, segment_bytes=self.segment_bytes)
        self._begun: dict[str, Attempt] = {}
        self._kept: deque[Attempt] = deque()
        self._fresh: list[Attempt] | None = []  # every finished row of the spool; None where only the spool has all
        self._counts = _Counts()
        self._stored = 0
        self._trouble = ""
        self._dead = True
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()

    def begin(self, attempt: Attempt) -> None:
        """A line in a file. A full disk keeps it from surviving a crash; it is counted all the same."""
        self._append(line(BEGAN, attempt))
        self._begun[attempt.id] = attempt

    def finish(self, attempt: Attempt) -> None:
        """A line in a file, or a place in memory."""
        self._begun.pop(attempt.id, None)
        counts = self._counts
        if not self._spooled(attempt):
            if len(self._kept) >= _KEPT:
                counts.dropped += 1
                return
            self._kept.append(attempt)
        counts.waiting += 1
        self._wake.set()

    def state(self) -> LedgerState:
        """How things stand."""
        counts, disk = self._counts, self._spool.trouble
        trouble = self._trouble or (disk and f"the spool in {self.folder} cannot be written: {disk}")
        spool = self._spool.bytes_waiting
        return LedgerState(counts.waiting, len(self._kept), counts.dropped, counts.refused, spool, trouble)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes over what dead processes left, then drains until the block ends, and once more then."""
        try:
            await self._take_over()
        except Unavailable as error:
            self._note(error.message)
            self._wake.set()
        task = asyncio.create_task(self._drain_for_ever(), name="drain the usage ledger")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._close()

    async def drain(self) -> None:
        """Brings everything that has finished by now into the database. Raises: Unavailable.

        What finishes meanwhile waits for company: a transaction for every few rows would cost more than the calls.
        """
        async with self._turn:
            goal = self._stored + self._counts.waiting
            while await self._drain_some() and self._stored < goal:
                pass

    async def forget(self, tenant: str, user: str) -> int:
        """Leaves none of the person's lines in files: they are in the database, but for calls that still run.

        How many rows went that the database had refused. Raises: Unavailable.
        """
        await self.drain()
        async with self._turn:
            if self._rotate():
                self._spool.sweep()
            return await asyncio.to_thread(_without, self.folder / REFUSED, tenant, user)

    async def _drain_for_ever(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_SECONDS if not failures else _PAUSES[min(failures, len(_PAUSES)) - 1])
            self._wake.clear()
            try:
                if self._dead:
                    await self._take_over()
                await self.drain()
            except Exception as error:  # noqa: BLE001  whatever it is, the rows stay where they are and are tried again
                failures += 1
                self._note(error.message if isinstance(error, Unavailable) else repr(error))
                self._wake.set()
            else:
                failures = 0

    async def _drain_some(self) -> bool:
        """One batch; whether there was one."""
        self._spool_again()
        if self._fresh is not None:
            rows, self._fresh = self._fresh, []
            here = self._spool.end()
            try:
                await self._store(rows)
            except BaseException:
                self._fresh = None  # whatever of it is in the database by now: the spool has it all
                raise
            self._spool.drained(here)
            if rows:
                self._came_in(len(rows))
                return True
        elif (chunk := self._spool.next_chunk()) is not None:
            rows = await asyncio.to_thread(_finished, chunk.data)
            await self._store(rows)
            self._spool.drained(chunk.end)
            self._came_in(len(rows))
            return True
        else:
            self._fresh = []
        if self._kept:
            rows = list(self._kept)[:BATCH]
            await self._store(rows)
            for _ in rows:
                self._kept.popleft()
            self._came_in(len(rows))
            return True
        if self._spool.is_old:
            self._rotate()
        self._note("")
        return False

    def _came_in(self, rows: int) -> None:
        self._stored += rows
        self._counts.waiting -= rows
        self._note("")

    def _spool_again(self) -> None:
        """What had to stay in memory goes to the disk as soon as that has room."""
        if self._kept and self._spool.mend():
            while self._kept and self._spooled(self._kept[0]):
                self._kept.popleft()

    def _spooled(self, attempt: Attempt) -> bool:
        if not self._append(line(FINISHED, attempt)):
            return False
        if self._fresh is not None:
            self._fresh.append(attempt)
            if len(self._fresh) > _FRESH:
                self._fresh = None
        return True

    def _append(self, data: bytes) -> bool:
        return self._spool.append(data) or (self._rotate(len(data)) and self._spool.append(data))

    def _rotate(self, more: int = 0) -> bool:
        return self._spool.rotate((line(BEGAN, one) for one in self._begun.values()), more)

    async def _store(self, rows: Sequence[Attempt]) -> None:
        """All of the rows. Those that the database will never take are kept in a file. Raises: Unavailable."""
        for first in range(0, len(rows), BATCH):
            batch = rows[first : first + BATCH]
            try:
                await self.database.write(add_usage, batch, self.books)
            except (StatementError, InvalidInput, ValueError, OverflowError):
                for row in batch:
                    await self._store_one(row)

    async def _store_one(self, row: Attempt) -> None:
        try:
            await self.database.write(add_usage, [mended(row)], self.books)
        except (StatementError, InvalidInput, ValueError, OverflowError) as error:
            try:
                with (self.folder / REFUSED).open("ab") as file:
                    file.write(line(FINISHED, row))
            except OSError as full:
                raise Unavailable(f"{self.folder} cannot be written ({full.strerror}); make room.") from full
            self._counts.refused += 1
            log.error("ledger-row-refused", attempt=row.id, error=str(error))

    async def _take_over(self) -> None:
        """What dead processes left. Raises: Unavailable, and then it is tried again later."""
        for run in await asyncio.to_thread(dead_runs, self.folder):
            done = False
            try:
                await self._adopt(run)
                done = True
            finally:
                run.close(remove=done)
        if self.taken_over is not None:
            await self.taken_over()
        self._dead = False

    async def _adopt(self, run: DeadRun) -> None:
        begun: dict[str, Attempt] = {}
        pieces = run.lines()
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            for mark, attempt in piece:
                if mark == BEGAN:
                    begun[attempt.id] = attempt
                else:
                    begun.pop(attempt.id, None)
            await self._store([attempt for mark, attempt in piece if mark == FINISHED])
        rows = [lost(attempt) for attempt in begun.values()]
        await self._store(rows)
        if rows:
            log.warning("ledger-attempts-lost", count=len(rows), run=run.folder.name)

    async def _close(self) -> None:
        """Nobody finishes anything any more."""
        for attempt in list(self._begun.values()):
            self.finish(lost(attempt))
        try:
            await self.drain()
        except Unavailable as error:
            log.error("ledger-left-in-spool", rows=self._counts.waiting, error=error.message)
            self._spool.close(remove=False)
        else:
            self._spool.close(remove=True)

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                log.error("ledger-cannot-be-written", error=trouble, waiting=self._counts.waiting)
            else:
                log.info("ledger-is-well-again")


def _without(path: Path, tenant: str, user: str) -> int:
    """Takes a person's lines out of a file; it is replaced as a whole. How many went."""
    try:
        data = path.read_bytes()
        lines = list(read_lines(data))
        kept = [(mark, one) for mark, one in lines if (one.caller.tenant, one.caller.user) != (tenant, user)]
        if len(kept) < len(lines):
            beside = path.with_suffix(".new")
            beside.write_bytes(b"".join(line(mark, one) for mark, one in kept))
            beside.replace(path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be rewritten ({error.strerror}); make room, or look at its rights."
        ) from error
    return len(lines) - len(kept)


def _finished(data: bytes) -> list[Attempt]:
    return [attempt for _, attempt in read_lines(data, FINISHED)]
