"""Wires jobs: the desk where they are ordered, and the worker of this process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.jobs import SqlJobs
from banyan.app.settings import Settings
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.platform import LearningPlatform
from banyan.edge.http.health import Finding
from banyan.jobs.kinds import KINDS
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.ports.job_store import JobStore
from banyan.jobs.ports.kind import Decide
from banyan.jobs.usecases.manage_jobs import NOBODY_DECIDES, ManageJobs
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.identity import Identity

_CLOCK = SystemClock()


class Courses:
    """Implements `Curriculum` over what the assistant sees."""

    def __init__(self, gateway: ModelGateway, platform: LearningPlatform) -> None:
        self._gateway = gateway
        self._platform = platform

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonFacts]:
        """As the port says."""
        found = await self._gateway.lessons(asker, course)
        return [LessonFacts(one.lesson, one.chunks, one.embedded) for one in found]

    async def teaches(self, asker: Identity, course: str) -> bool:
        """As the port says."""
        return (await self._platform.standing(asker, course)).teaches


@dataclass(frozen=True, slots=True)
class Jobs:
    """Opened for the services of one process. worker: None where it leaves jobs to others.

    leaves: tools that this process would not do justice to.
    """

    store: JobStore
    worker: RunJobs | None
    clock: Clock
    leaves: frozenset[str] = frozenset()

    def desk(self, curriculum: Courses, decides: Mapping[str, Decide] = NOBODY_DECIDES) -> ManageJobs:
        """Where jobs are ordered by whoever the curriculum says is staff. decides: as `ManageJobs` has it."""
        changed = self.worker.wake if self.worker is not None else lambda: None
        return ManageJobs(self.store, curriculum, self.clock, changed, decides)

    def join(self, tools: Mapping[str, object]) -> None:
        """The worker of this process, where there is one, has these tools, too."""
        if self.worker is not None:
            self.worker.offer({name: tool for name, tool in tools.items() if name not in self.leaves})

    async def probe(self) -> Finding:
        """Whether the worker gets at its rows."""
        fault = self.worker.fault if self.worker is not None else ""
        return Finding("degraded", f"Jobs stand still: {fault}") if fault else Finding("ok")


@asynccontextmanager
async def open_jobs(
    settings: Settings,
    database: Database,
    tools: Mapping[str, object],
    *,
    parallel: int | None = None,
    clock: Clock = _CLOCK,
) -> AsyncIterator[Jobs]:
    """Works on jobs while the block runs. tools: what kinds of jobs need, by name.

    parallel: None for what the settings say.
    """
    store = SqlJobs(database)
    keep = timedelta(days=settings.jobs_retention_days)
    tools = {**tools, "old_jobs": OldJobs(store, clock, keep)}
    pace = JobPace(settings.jobs_parallel if parallel is None else parallel, settings.jobs_lease)
    if pace.parallel == 0:
        yield Jobs(store, None, clock)
        return
    worker = RunJobs(store, tools, clock, pace)
    if database.dialect == "sqlite" and "lessons" in tools:
        # Whoever holds the index is alone on it, so what is held of its jobs is held by the dead.
        await store.recover([name for name in worker.kinds if KINDS[name].needs == "lessons"])
    async with worker.running():
        yield Jobs(store, worker, clock)


class OldJobs:
    """The tool of `trim_jobs`."""

    def __init__(self, store: JobStore, clock: Clock, keep: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep

    async def trim(self) -> int:
        """As the kind says; nothing where jobs are kept for ever."""
        return await self._store.trim(self._clock.now() - self._keep) if self._keep else 0
