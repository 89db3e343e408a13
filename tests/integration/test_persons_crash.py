"""Erasing in a real process that is killed in the middle."""

import time
from pathlib import Path
from typing import Any

import aiohttp
from services import Service, serving

ANA = {"X-Banyan-User": "ana"}


async def ask(service: Service, method: str, path: str, body: object = None) -> Any:
    url = service.assistant + path
    async with aiohttp.ClientSession(headers=ANA) as web, web.request(method, url, json=body) as answer:
        return await answer.json()


async def tables(service: Service) -> set[str]:
    return {one["table"] for one in (await ask(service, "GET", "/api/v1/users/ana/export"))["records"]}


async def test_erasing_survives_the_death_of_the_process(tmp_path: Path) -> None:
    """The next start goes on with the same pseudonym, and the proof counts what both have done."""
    data, more = tmp_path / "data", {"BANYAN_JOBS_LEASE": "2"}
    question = {"course": "statistics", "lesson": "averages", "messages": [{"role": "user", "content": "What is it?"}]}
    with serving(data, "--sample", more=more) as service:
        courses = (await ask(service, "GET", "/api/v1/courses"))["courses"]
        lessons = (await ask(service, "GET", f"/api/v1/courses/{courses[0]}/lessons"))["lessons"]
        question |= {"course": courses[0], "lesson": lessons[0]["lesson"]}
        await ask(service, "POST", "/api/v1/chat/completions", question)
        assert {"sessions", "messages", "turn_log"} <= await tables(service)
        job = await ask(service, "DELETE", "/api/v1/users/ana")
        deadline = time.monotonic() + 30
        while not (await ask(service, "GET", f"/api/v1/jobs/{job['id']}"))["done"]:
            assert time.monotonic() < deadline
        service.process.kill()
    with serving(data, more=more) as service:
        deadline = time.monotonic() + 60
        while (found := await ask(service, "GET", f"/api/v1/jobs/{job['id']}"))["state"] != "complete":
            assert time.monotonic() < deadline, found
        assert found["attempts"] == 2
        assert found["result"]["counts"]["messages"] == 2
        assert found["result"]["counts"]["turn_log"] == 1
        assert await tables(service) == set()
