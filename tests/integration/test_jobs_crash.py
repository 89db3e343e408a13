"""Jobs in real processes, of which one is killed in the middle; and the commands."""

import json
import time
from pathlib import Path
from typing import Any

import aiohttp
from services import Service, banyan, serving

LESSONS = 150


def contents() -> list[dict[str, str]]:
    body = "\n\n".join(f"# Part {part}\n\nSome words about part {part} of it." for part in range(20))
    return [{"lesson": f"l{number}", "content": f"# Lesson {number}\n\n{body}"} for number in range(LESSONS)]


async def ask(service: Service, method: str, path: str, body: object = None) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as web, web.request(method, service.assistant + path, json=body) as answer:
        return answer.status, await answer.json()


async def until(service: Service, id: str, *, done: int = 0, state: str = "") -> Any:
    """The job, once it is so far."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        _, job = await ask(service, "GET", f"/api/v1/jobs/{id}")
        if (done and job["done"] >= done) or job["state"] == state:
            return job
    raise AssertionError(job)


async def test_a_job_survives_the_death_of_the_only_process(tmp_path: Path) -> None:
    """Half of a course is indexed at the kill; the next start does the rest, and begins where it was noted."""
    data = tmp_path / "data"
    with serving(data) as service:
        order = {"kind": "index_course", "course": "c", "lessons": contents()}
        status, job = await ask(service, "POST", "/api/v1/jobs", order)
        assert status == 202
        await until(service, job["id"], done=LESSONS // 3)
        service.process.kill()
    listed = json.loads(banyan(data, "jobs", "list", "--json").stdout)["jobs"]
    assert [(one["id"], one["state"]) for one in listed] == [(job["id"], "running")]
    with serving(data) as service:
        done = await until(service, job["id"], state="complete")
        assert done["result"]["lessons"] == LESSONS
        assert done["attempts"] == 2
        _, runs = await ask(service, "GET", "/api/v1/courses/c/lessons")
        assert len(runs["lessons"]) == LESSONS
        async with aiohttp.ClientSession() as web, web.get(f"{service.proxy}/v1/rag/runs?course=c") as answer:
            indexed = [run["lesson"] for run in (await answer.json())["runs"]]
    assert LESSONS <= len(indexed) <= LESSONS + 1


async def test_a_service_that_leaves_jobs_to_others_begins_none(tmp_path: Path) -> None:
    """With `jobs_parallel` 0 nothing begins; cancelled from the command line it never will."""
    data = tmp_path / "data"
    more = {"BANYAN_JOBS_PARALLEL": "0"}
    with serving(data, more=more) as service:
        order = {"kind": "index_lesson", "course": "c", "lesson": "l", "content": "One sentence."}
        _, job = await ask(service, "POST", "/api/v1/jobs", order)
        _, again = await ask(service, "POST", "/api/v1/jobs", order)
        assert again["id"] == job["id"]
        shown = json.loads(banyan(data, "jobs", "show", job["id"], "--json").stdout)
        assert (shown["state"], shown["args"]["lesson"], "content" in shown["args"]) == ("queued", "l", False)
        cancelled = banyan(data, "jobs", "cancel", job["id"])
        assert cancelled.returncode == 0
        assert (await until(service, job["id"], state="cancelled"))["ended_at"] is not None
        refused = banyan(data, "worker")
        assert refused.returncode == 1
        assert "Another Banyan process uses the data folder" in refused.stderr
