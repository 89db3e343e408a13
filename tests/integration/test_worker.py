"""A worker in a process of its own, beside services that leave jobs to it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from knowledge_house import until
from services import serving, working

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.jobs import SqlJobs
from banyan.jobs.domain.job import JobState
from banyan.jobs.kinds import KINDS
from banyan.jobs.ports.kind import Reach

ANA = {"X-Banyan-User": "ana", "X-Banyan-Roles": "learner"}
QUESTION = {"course": "botany", "lesson": "leaves", "messages": [{"role": "user", "content": "What do leaves make?"}]}
CLOCKED = {name for name in KINDS if KINDS[name].reach is Reach.CLOCK}


@pytest.fixture
async def store(vector_postgres_url: str) -> AsyncIterator[SqlJobs]:
    """The rows of jobs, to look at."""
    database = await open_database(vector_postgres_url)
    yield SqlJobs(database)
    await database.close()


async def ask(url: str, method: str = "GET", body: object = None, asker: dict[str, str] = ANA) -> Any:
    async with aiohttp.ClientSession(headers=asker) as web, web.request(method, url, json=body) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


async def test_a_worker_does_all_that_services_leave_to_it(
    tmp_path: Path, vector_postgres_url: str, store: SqlJobs
) -> None:
    """Lessons, the clock's jobs and people; two kinds wait for a worker that knows where the proxy is."""
    shared = {"DATABASE_URL": vector_postgres_url, "BANYAN_JOBS_PARALLEL": "0"}

    async def clocked() -> set[str]:
        found = await store.page("", limit=50)
        return {job.kind for job in found if job.state is JobState.COMPLETE}

    with serving(tmp_path / "proxy", "proxy", more=shared) as proxy:
        apart = {**shared, "BANYAN_PROXY_URL": proxy.proxy}
        with serving(tmp_path / "assistant", "assistant", more=apart) as assistant:
            url = f"{assistant.assistant}/api/v1"
            lesson = {"course": "botany", "lesson": "leaves", "content": "Leaves make sugar from light."}
            await ask(f"{proxy.proxy}/v1/rag/index", "POST", {**lesson, "wait": True}, {})
            await ask(f"{url}/chat/completions", "POST", QUESTION)
            erasing = await ask(f"{url}/users/ana", "DELETE")
            indexing = await ask(f"{url}/jobs", "POST", {"kind": "index_lesson", **lesson, "lesson": "roots"}, {})

            async def complete(id: str) -> bool:
                return bool((await ask(f"{url}/jobs/{id}", asker={}))["state"] == "complete")

            async def all_but_the_alerts() -> bool:
                return await clocked() == CLOCKED - {"check_alerts"} and await complete(indexing["id"])

            async def everything() -> bool:
                return await clocked() == CLOCKED and await complete(erasing["id"])

            with working(tmp_path / "stranger", more=shared):
                await until(all_but_the_alerts, 60)
            assert (await ask(f"{url}/jobs/{erasing['id']}", asker={}))["state"] == "queued"
            with working(tmp_path / "worker", more=apart):
                await until(everything, 60)
            counts = (await ask(f"{url}/jobs/{erasing['id']}", asker={}))["result"]["counts"]
            assert counts["messages"] == 2
            assert "proxy.ledger_files" in counts
