"""Jobs over a real database and a real index, with a worker that tests start."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from knowledge_house import House, open_house
from tiny_embedder import TinyEmbedder

from banyan.adapters.storage.jobs import SqlJobs
from banyan.adapters.storage.library_stock import SqlStock
from banyan.app.lesson_jobs import LessonJobs
from banyan.jobs.domain.job import OPEN, Job
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.jobs.usecases.run_jobs import JobPace, RunJobs
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import Grant, Identity, Role
from banyan.proxy.usecases.renew_index import RenewIndex

ADMIN = Identity("oak", "ada", frozenset({Role.ADMIN}))
TEACHER = Identity("oak", "tess", frozenset({Role.INSTRUCTOR}), Grant("k", courses=frozenset({"biology"})))
OTHER_TEACHER = Identity("oak", "otto", frozenset({Role.INSTRUCTOR}), Grant("k", courses=frozenset({"latin"})))
LEARNER = Identity("oak", "lea", frozenset({Role.LEARNER}))
STRANGER = Identity("elm", "ada", frozenset({Role.ADMIN}))
PACE = JobPace(lease=0.6, poll=0.02, again=0.01)


@dataclass
class JobHouse:
    """house: the index. lessons: the tool of jobs on it."""

    house: House
    store: SqlJobs
    manage: ManageJobs
    lessons: LessonJobs

    def worker(self, holder: str = "one", **tools: object) -> RunJobs:
        return RunJobs(self.store, {"lessons": self.lessons, **tools}, SystemClock(), PACE, holder=holder)

    async def over(self, job: Job) -> Job:
        """The job, once it has ended."""
        from knowledge_house import until

        async def ended() -> bool:
            found = await self.store.get(job.tenant, job.id)
            return found is not None and found.state not in OPEN

        await until(ended)
        found = await self.store.get(job.tenant, job.id)
        assert found is not None
        return found


class _Courses:
    """The library's lessons; staff teach what their key names."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonFacts]:
        lines = await self._house.browse.lessons(asker.tenant, course)
        return [LessonFacts(line.lesson, line.chunks, line.embedded) for line in lines]

    async def teaches(self, asker: Identity, course: str) -> bool:
        return asker.is_staff


@asynccontextmanager
async def open_jobs(folder: Path, database_url: str | None = None) -> AsyncIterator[JobHouse]:
    """database_url: None for SQLite in the folder."""
    async with open_house(folder, TinyEmbedder(), database_url=database_url) as house:
        assert house.backlog is not None
        store = SqlJobs(house.database)
        renew = RenewIndex(house.indexer, house.library, SqlStock(house.database), house.store, house.backlog)
        manage = ManageJobs(store, _Courses(house), SystemClock())
        yield JobHouse(house, store, manage, LessonJobs(house.indexer, house.browse, renew))
