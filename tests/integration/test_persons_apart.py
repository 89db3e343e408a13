"""Erasing where the assistant and the proxy are two processes with a database each."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from services import Service, banyan, serving

ANA = {"X-Banyan-User": "ana", "X-Banyan-Roles": "learner"}
BEN = {"X-Banyan-User": "ben", "X-Banyan-Roles": "learner"}
QUESTION = {"course": "botany", "lesson": "leaves", "messages": [{"role": "user", "content": "What do leaves make?"}]}
CHAT = {"model": "banyan/extractive", "course": "botany", "messages": QUESTION["messages"]}


async def ask(url: str, method: str = "GET", body: object = None, asker: dict[str, str] = ANA) -> Any:
    async with aiohttp.ClientSession(headers=asker) as web, web.request(method, url, json=body) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


async def cached(proxy: str, asker: dict[str, str]) -> str | None:
    async with (
        aiohttp.ClientSession(headers=asker) as web,
        web.post(f"{proxy}/v1/chat/completions", json=CHAT) as answer,
    ):
        await answer.read()
        return answer.headers.get("x-banyan-cache")


async def put_file(proxy: str, asker: dict[str, str]) -> None:
    form = aiohttp.FormData({"purpose": "user_data"})
    form.add_field("file", b"my own words", filename="own.txt")
    async with aiohttp.ClientSession(headers=asker) as web, web.post(f"{proxy}/v1/files", data=form) as answer:
        assert answer.status == 200, await answer.text()


async def tables(assistant: str, asker: dict[str, str] = ANA) -> list[str]:
    export = await ask(f"{assistant}/api/v1/users/{asker['X-Banyan-User']}/export", asker=asker)
    assert export["complete"] is True
    return [one["table"] for one in export["records"]]


async def over(assistant: str, id: str, state: str = "complete") -> Any:
    deadline = time.monotonic() + 60
    while (found := await ask(f"{assistant}/api/v1/jobs/{id}"))["state"] != state:
        assert time.monotonic() < deadline, found
        assert found["state"] in ("queued", "running"), found
    return found


@contextmanager
def house(folder: Path, more: dict[str, str], apart: dict[str, str]) -> Iterator[tuple[Service, Service]]:
    with (
        serving(folder / "proxy", "proxy", more=more) as proxy,
        serving(folder / "assistant", "assistant", more={**apart, "BANYAN_PROXY_URL": proxy.proxy}) as assistant,
    ):
        yield proxy, assistant


@pytest.mark.parametrize("store", ["memory", "redis"])
async def test_what_the_proxy_holds_is_shown_and_erased_too(
    tmp_path: Path, store: str, request: pytest.FixtureRequest
) -> None:
    """Ana's calls, her file and the cached answers are gone from the proxy's own database; Ben's file stays."""
    more = {"REDIS_URL": request.getfixturevalue("redis_url")} if store == "redis" else {}
    with house(tmp_path, more, {}) as (proxy, assistant):
        lesson = {"course": "botany", "lesson": "leaves", "content": "Leaves make sugar from light.", "wait": True}
        await ask(f"{proxy.proxy}/v1/rag/index", "POST", lesson, {})
        await ask(f"{assistant.assistant}/api/v1/chat/completions", "POST", QUESTION)
        for asker in (ANA, BEN):
            await put_file(proxy.proxy, asker)
        assert [await cached(proxy.proxy, BEN) for _ in range(2)] == ["miss", "hit"]
        assert {"sessions", "messages", "turn_log", "usage", "files", "file_pieces"} <= set(
            await tables(assistant.assistant)
        )
        job = await ask(f"{assistant.assistant}/api/v1/users/ana", "DELETE")
        proof = (await over(assistant.assistant, job["id"]))["result"]
        assert (proof["counts"]["messages"], proof["counts"]["proxy.files"]) == (2, 1)
        assert proof["counts"]["proxy.usage"] >= 1
        assert proof["counts"]["proxy.answer_cache"] >= 1
        assert await cached(proxy.proxy, BEN) == "miss"
        assert await tables(assistant.assistant) == []
        assert "files" in await tables(assistant.assistant, BEN)
        spools = b"".join(path.read_bytes() for path in (proxy.data / "ledger").rglob("*.spool"))
        assert b'"ana"' not in spools


async def test_an_export_over_one_database_holds_each_row_once(tmp_path: Path, migrated_postgres_url: str) -> None:
    """The proxy shows the rows that the assistant sees as well."""
    shared = {"DATABASE_URL": migrated_postgres_url}
    with house(tmp_path, shared, shared) as (proxy, assistant):
        lesson = {"course": "botany", "lesson": "leaves", "content": "Leaves make sugar from light.", "wait": True}
        await ask(f"{proxy.proxy}/v1/rag/index", "POST", lesson, {})
        await ask(f"{assistant.assistant}/api/v1/chat/completions", "POST", QUESTION)
        found = await tables(assistant.assistant)
        assert (found.count("messages"), found.count("sessions"), found.count("turn_log")) == (2, 1, 1)
        assert found.count("usage") >= 1
        job = await ask(f"{assistant.assistant}/api/v1/users/ana", "DELETE")
        await over(assistant.assistant, job["id"])
        assert await tables(assistant.assistant) == []


async def test_erasing_waits_for_a_proxy_that_is_away(tmp_path: Path) -> None:
    """The job says what is in the way, survives kill -9, and ends once the proxy is back."""
    more = {"BANYAN_JOBS_LEASE": "2"}
    with serving(tmp_path / "proxy", "proxy") as proxy:
        await put_file(proxy.proxy, ANA)
        port = proxy.proxy.rpartition(":")[2]
    apart = {**more, "BANYAN_PROXY_URL": f"http://127.0.0.1:{port}"}
    with serving(tmp_path / "assistant", "assistant", more=apart) as assistant:
        job = await ask(f"{assistant.assistant}/api/v1/users/ana", "DELETE")
        deadline = time.monotonic() + 30
        while not (found := await ask(f"{assistant.assistant}/api/v1/jobs/{job['id']}"))["error"]:
            assert time.monotonic() < deadline, found
        assert "The proxy cannot be reached" in found["error"]
        assistant.process.kill()
    with (
        serving(tmp_path / "proxy", "proxy") as proxy,
        serving(tmp_path / "assistant", "assistant", more={**more, "BANYAN_PROXY_URL": proxy.proxy}) as assistant,
    ):
        proof = (await over(assistant.assistant, job["id"]))["result"]
        assert proof["counts"]["proxy.files"] == 1


async def test_a_key_of_a_learner_reaches_nobody_at_the_proxy(tmp_path: Path) -> None:
    """Neither oneself nor others: it is for backends. A key of the role service does it."""
    data = tmp_path / "proxy"
    keys = {}
    for role in ("learner", "service"):
        made = banyan(data, "keys", "create", role, "--role", role, "--json")
        assert made.returncode == 0, made.stderr
        keys[role] = {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}
    with serving(data, "proxy") as proxy:
        for method, path in (("GET", "/v1/persons/ana/export"), ("DELETE", "/v1/persons/ana")):
            for role, status in (("learner", 403), ("service", 200)):
                async with (
                    aiohttp.ClientSession(headers=keys[role]) as web,
                    web.request(method, proxy.proxy + path) as answer,
                ):
                    assert answer.status == status, await answer.text()
