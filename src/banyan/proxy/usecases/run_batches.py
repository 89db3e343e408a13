"""Works on batches in the background; any number of processes may do so on one database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError
from banyan.kernel.ids import PROCESS
from banyan.proxy.domain.batch_output import answered
from banyan.proxy.domain.batches import Batch, BatchStatus, Line
from banyan.proxy.ports.batch_store import BatchStore, ClaimedLine
from banyan.proxy.ports.line_runner import LineAnswer, LineRunner
from banyan.proxy.usecases.finish_batch import finish_batch
from banyan.proxy.usecases.keep_files import KeepFiles
from banyan.proxy.usecases.prepare_batch import Preparation, missing_file
from banyan.proxy.usecases.remote_batches import RemoteBatches

_USED_UP = frozenset({"budget_exceeded", "insufficient_quota"})
"""Refusals with 429 that do not pass by waiting."""
_PASSING = frozenset({500, 502, 503, 504})
_LINES_AT_ONCE = 500
_TROUBLE_SECONDS = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """parallel: lines that this process asks at a time. a_minute: lines that it begins in a minute; 0 for no bound.

    lease: seconds that what a process holds stays its own after a sign of life. poll: between two looks for work that
    another process has brought. wait: for a 429 without `Retry-After`. tries: of a line that meets passing failures,
    `again` seconds apart, then twice that, and so on.
    """

    parallel: int = 4
    a_minute: int = 0
    lease: float = 30
    poll: float = 1
    wait: float = 5
    tries: int = 5
    again: float = 5


class RunBatches:
    """busy: how many calls are answered in this process right now, its own included; a batch steps back for others.

    remotes: leaves batches to providers; None asks every line here.
    """

    def __init__(
        self,
        store: BatchStore,
        files: KeepFiles,
        preparation: Preparation,
        runner: LineRunner,
        clock: Clock,
        pace: Pace = Pace(),
        *,
        busy: Callable[[], int] = lambda: 0,
        holder: str = PROCESS,
        remotes: RemoteBatches | None = None,
    ) -> None:
        self._remotes = remotes
        self._store = store
        self._files = files
        self._preparation = preparation
        self._runner = runner
        self._clock = clock
        self._pace = pace
        self._busy = busy
        self._holder = holder
        self._wake = asyncio.Event()
        self._lines: dict[asyncio.Task[None], ClaimedLine] = {}
        self._cares: dict[asyncio.Task[None], Batch] = {}
        self._next_start: datetime | None = None
        self.fault = ""

    def wake(self) -> None:
        """There may be something to do, or to stop."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends; lines under way are put back then."""
        tasks = [
            asyncio.create_task(self._for_ever(self._work), name="run batches"),
            asyncio.create_task(self._for_ever(self._watch), name="keep leases of batches"),
        ]
        try:
            yield
        finally:
            tasks += [*self._lines, *self._cares]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
                self.fault = ""
            except BanyanError as error:
                self._note(error)
                await asyncio.sleep(min(_TROUBLE_SECONDS, self._pace.lease / 3))

    def _note(self, error: BanyanError) -> None:
        if not self.fault:
            log.error("batches-stand-still", error=error.message)
        self.fault = error.message

    async def _work(self) -> None:
        self._wake.clear()
        await self._store.advance(self._clock.now())
        await self._take_a_batch()
        more = await self._take_lines()
        if not more:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll):
                    await self._wake.wait()

    async def _watch(self) -> None:
        """Renews what is held, and stops the lines of batches that have been cancelled or are over."""
        await asyncio.sleep(min(1, self._pace.lease / 3))
        held = dict(self._lines)
        until = self._until()
        await self._store.renew_lines(self._holder, [claimed.line for claimed in held.values()], until)
        for batch in list(self._cares.values()):
            await self._store.renew_batch(self._holder, batch.owner.tenant, batch.id, until)
        ids = {(claimed.line.tenant, claimed.line.batch) for claimed in held.values()}
        statuses = await self._store.statuses(sorted(ids)) if ids else {}
        for task, claimed in held.items():
            if statuses.get((claimed.line.tenant, claimed.line.batch)) != BatchStatus.IN_PROGRESS:
                task.cancel()

    async def _take_a_batch(self) -> None:
        if self._cares:
            return
        batch = await self._store.claim_batch(self._holder, self._clock.now(), self._until())
        if batch is None:
            return
        task = asyncio.create_task(self._care(batch), name=f"care for {batch.id}")
        self._cares[task] = batch
        task.add_done_callback(self._cared)

    def _cared(self, task: asyncio.Task[None]) -> None:
        del self._cares[task]
        self._wake.set()

    async def _care(self, batch: Batch) -> None:
        try:
            if batch.status == BatchStatus.VALIDATING:
                await self._prepare(batch)
            elif await self._is_here(batch):
                await finish_batch(batch, self._store, self._files, self._holder, self._clock)
        except BanyanError as error:
            self._note(error)  # the lease runs out, and it is begun anew
        except Exception:
            log.exception("batch-not-cared-for", batch=batch.id)

    async def _is_here(self, batch: Batch) -> bool:
        """Whether it is time to write its files; a provider that has it is looked after first."""
        if batch.remote is not None and not batch.remote.get("over"):
            if self._remotes is None:
                await self._store.take_back(self._holder, batch.owner.tenant, batch.id)
            elif not await self._remotes.care(self._holder, batch):
                return False
        return batch.status != BatchStatus.IN_PROGRESS

    async def _prepare(self, batch: Batch) -> None:
        owner = batch.owner
        await self._store.clear_lines(owner.tenant, batch.id)
        file = await self._files.store.get(owner.tenant, owner.name, batch.input_file, now=self._clock.now())
        reading = self._preparation.begin(batch.endpoint)
        if file is None:
            reading.reader.faults.append(missing_file(batch.input_file))
        else:
            async for found in reading.lines(file):
                lines = [Line(owner.tenant, batch.id, one.number, one.custom_id, one.body) for one in found]
                for first in range(0, len(lines), _LINES_AT_ONCE):
                    await self._store.add_lines(lines[first : first + _LINES_AT_ONCE], self._clock.now())
        faults = reading.reader.faults
        status = BatchStatus.FAILED if faults else BatchStatus.IN_PROGRESS
        total = 0 if faults else reading.reader.count
        name = self._preparation.left_to(owner, reading)
        remote = None if name is None else {"deployment": name}
        estimate = reading.estimate.fields(at_provider=name is not None)
        started = replace(batch, status=status, errors=faults, total=total, estimate=estimate, remote=remote)
        await self._store.start(self._holder, started, self._clock.now())

    async def _take_lines(self) -> bool:
        """Whether it took any, so that there may be more."""
        free = self._free()
        if free <= 0:
            return False
        claimed = await self._store.claim_lines(self._holder, self._clock.now(), self._until(), free)
        for one in claimed:
            task = asyncio.create_task(self._run(one), name=f"ask {one.line.request_id}")
            self._lines[task] = one
            task.add_done_callback(self._ran)
        if claimed and self._pace.a_minute:
            self._next_start = self._clock.now() + timedelta(minutes=1 / self._pace.a_minute)
        return bool(claimed)

    def _free(self) -> int:
        """Places for more lines. Calls of others take places away, but never the last one."""
        own = len(self._lines)
        others = max(0, self._busy() - own)
        free = max(1, self._pace.parallel - others) - own
        if not self._pace.a_minute:
            return free
        soon = self._next_start is not None and self._clock.now() < self._next_start
        return 0 if soon else min(free, 1)

    def _ran(self, task: asyncio.Task[None]) -> None:
        del self._lines[task]
        self._wake.set()

    async def _run(self, claimed: ClaimedLine) -> None:
        line, batch = claimed.line, claimed.batch
        try:
            answer = await self._runner.run(batch.owner, batch.endpoint, line.body, line.request_id)
            await self._keep(line, answer)
        except asyncio.CancelledError:
            with suppress(BanyanError):  # then the lease runs out
                await asyncio.shield(self._store.postpone(self._holder, line, self._clock.now()))
            raise
        except BanyanError as error:
            self._note(error)
        except Exception:
            log.exception("batch-line-not-kept", request_id=line.request_id)

    async def _keep(self, line: Line, answer: LineAnswer) -> None:
        pace, now = self._pace, self._clock.now()
        if answer.status == 429 and answer.code not in _USED_UP:
            pause = pace.wait if answer.retry_after is None else answer.retry_after
            until = now + timedelta(seconds=min(max(pause, 0.05), 3600))
            await self._store.postpone(self._holder, line, until, whole_batch=True)
        elif answer.status in _PASSING and line.tries + 1 < pace.tries:
            until = now + timedelta(seconds=pace.again * 2**line.tries)
            await self._store.postpone(self._holder, line, until, counts=True)
        else:
            good = answer.status < 300
            result = answered(line.custom_id, answer.status, line.request_id, answer.body)
            await self._store.finish(self._holder, line, result, good=good)

    def _until(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._pace.lease)
