"""Works on jobs in the background; any number of processes may do so on one database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from banyan.jobs.domain.job import INSTALLATION, Job, JobState, Stopped
from banyan.jobs.kinds import KINDS
from banyan.jobs.ports.job_store import Claimed, JobStore
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError
from banyan.kernel.ids import PROCESS, new_id

_TROUBLE_SECONDS = 5
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobPace:
    """parallel: jobs that this process works on at a time.

    lease: seconds that a job stays its own after a sign of life. poll: seconds between two looks for what other
    processes have brought. tries: of a job that meets passing failures, `again` seconds apart, then twice that, and
    so on. deaths: processes that may die over a job.
    """

    parallel: int = 2
    lease: float = 15
    poll: float = 1
    tries: int = 6
    again: float = 5
    deaths: int = 20


class RunJobs:
    """tools: what kinds need, by name; kinds whose tool is not there are left to other processes."""

    def __init__(
        self,
        store: JobStore,
        tools: Mapping[str, object],
        clock: Clock,
        pace: JobPace = JobPace(),
        *,
        holder: str = PROCESS,
    ) -> None:
        self._store = store
        self._tools = dict(tools)
        self._clock = clock
        self._pace = pace
        self._holder = holder
        self._wake = asyncio.Event()
        self._runs: dict[asyncio.Task[None], Claimed] = {}
        self._next_schedule: datetime | None = None
        self.kinds = frozenset(name for name in KINDS if KINDS[name].needs in tools)
        self.fault = ""

    def offer(self, tools: Mapping[str, object]) -> None:
        """From now on there are these tools, too."""
        self._tools |= tools
        self.kinds = frozenset(name for name in KINDS if KINDS[name].needs in self._tools)
        self.wake()

    def wake(self) -> None:
        """There may be something to do, or to stop."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends; what is under way is put back then, at its last note."""
        tasks = [
            asyncio.create_task(self._for_ever(self._work), name="run jobs"),
            asyncio.create_task(self._for_ever(self._watch), name="keep leases of jobs"),
        ]
        try:
            yield
        finally:
            tasks += list(self._runs)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
                self.fault = ""
            except BanyanError as error:
                if not self.fault:
                    log.error("jobs-stand-still", error=error.message)
                self.fault = error.message
                await asyncio.sleep(min(_TROUBLE_SECONDS, self._pace.lease / 3))

    async def _work(self) -> None:
        self._wake.clear()
        await self._schedule()
        while len(self._runs) < self._pace.parallel:
            claimed = await self._store.claim(self._holder, self.kinds, self._clock.now(), self._until())
            if claimed is None:
                break
            task = asyncio.create_task(self._run(claimed), name=f"work on {claimed.job.id}")
            self._runs[task] = claimed
            task.add_done_callback(self._ran)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.poll):
                await self._wake.wait()

    async def _schedule(self) -> None:
        now = self._clock.now()
        if self._next_schedule is not None and now < self._next_schedule:
            return
        self._next_schedule = now + timedelta(seconds=5)
        for name in self.kinds:
            if every := KINDS[name].every:
                job = Job(INSTALLATION, new_id("job"), name, {}, name, "", now)
                await self._store.schedule(job, every)

    async def _watch(self) -> None:
        """Renews what is held; what was cancelled, or taken over by another process, is stopped."""
        await asyncio.sleep(min(1, self._pace.lease / 3))
        held = dict(self._runs)
        keys = {(one.job.tenant, one.job.id) for one in held.values()}
        ours = await self._store.renew(self._holder, keys, self._until()) if keys else set()
        for task, one in held.items():
            if (one.job.tenant, one.job.id) not in ours:
                task.cancel()

    def _ran(self, task: asyncio.Task[None]) -> None:
        del self._runs[task]
        self._wake.set()

    async def _run(self, claimed: Claimed) -> None:
        job = claimed.job
        if job.attempts > self._pace.deaths:
            await self._fail(job, "Every process that took it up died over it; look at their logs.")
            return
        try:
            result = await self._attempt(claimed)
            now = self._clock.now()
            await self._store.finish(self._holder, job, JobState.COMPLETE, now, result=result, error=None)
        except Stopped:
            pass
        except asyncio.CancelledError:
            with suppress(BanyanError):  # then the lease runs out
                now = self._clock.now()
                await asyncio.shield(self._store.postpone(self._holder, job, now, None, counts=False))
            raise
        except BanyanError as error:
            await self._failed(job, error)
        except Exception:
            log.exception("job-failed", job=job.id, kind=job.kind)
            await self._fail(job, "It failed unexpectedly; look at the log of the service.")

    async def _attempt(self, claimed: Claimed) -> Mapping[str, Any]:
        kind = KINDS[claimed.job.kind]
        fields = dict(claimed.job.args)
        if claimed.load:
            fields |= msgspec.json.decode(claimed.load)
        args = msgspec.convert(fields, kind.kept or kind.args)
        return await kind.work(args, _Attempt(self, claimed), self._tools[kind.needs])

    async def _failed(self, job: Job, error: BanyanError) -> None:
        if not error.passing or job.attempts >= self._pace.tries:
            await self._fail(job, error.message)
            return
        pause = error.retry_after or self._pace.again * 2 ** (job.attempts - 1)
        later = self._clock.now() + timedelta(seconds=min(pause, 3600))
        with suppress(BanyanError):  # then the lease runs out
            await self._store.postpone(self._holder, job, later, error.message, counts=True)

    async def _fail(self, job: Job, reason: str) -> None:
        log.warning("job-given-up", job=job.id, kind=job.kind, error=reason)
        with suppress(BanyanError):  # then the lease runs out
            await self._store.finish(self._holder, job, JobState.FAILED, self._clock.now(), result={}, error=reason)

    async def noted(self, job: Job, done: int, total: int, checkpoint: Mapping[str, Any]) -> None:
        """For attempts. Raises: Stopped."""
        if not await self._store.note(self._holder, job, done, total, checkpoint, self._until()):
            raise Stopped

    def _until(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._pace.lease)


class _Attempt:
    """Implements `Run`."""

    def __init__(self, worker: RunJobs, claimed: Claimed) -> None:
        self._worker = worker
        self.job = claimed.job
        self.checkpoint: Mapping[str, Any] = claimed.checkpoint

    async def note(self, done: int, total: int, checkpoint: Mapping[str, Any] | None = None) -> None:
        """As the port says; without a checkpoint the last one stays."""
        if checkpoint is not None:
            self.checkpoint = checkpoint
        await self._worker.noted(self.job, done, total, self.checkpoint)
