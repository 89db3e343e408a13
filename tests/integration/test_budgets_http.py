"""A budget through the wired proxy: reserved before the call, settled by the ledger, refused when it is used up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from fake_openai import Upstream, fake_openai
from http_server import served

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

MODEL = "openai/gpt-4o"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Why?"}], "max_tokens": 100}
PRICES = {MODEL: {"input": "1000", "output": "1000"}}


@asynccontextmanager
async def gateway(folder: Path, upstream: Upstream) -> AsyncIterator[aiohttp.ClientSession]:
    """The wired proxy, where a token costs a thousandth of a dollar."""
    settings = load_settings(data=folder, openai_base_url=upstream.base_url, openai_api_key="sk-x", prices=PRICES)
    async with (
        open_services(settings, ("proxy",), frozenset(), "local") as services,
        served(services.applications["proxy"]) as url,
        aiohttp.ClientSession(url) as web,
    ):
        yield web


async def asked(web: aiohttp.ClientSession, **more: Any) -> tuple[int, Any, Any]:
    async with web.post("/v1/chat/completions", json={**ASK, **more}) as answer:
        body = await answer.text()
        return answer.status, body, answer.headers


async def budget(web: aiohttp.ClientSession) -> Any:
    async with web.get("/admin/budgets") as answer:
        return (await answer.json())["budgets"][0]


async def settled(web: aiohttp.ClientSession) -> str:
    """What is settled once nothing is reserved any more."""
    async with asyncio.timeout(10):
        while True:
            found = await budget(web)
            if float(found["reserved"]) == 0:
                return str(found["settled"])
            await asyncio.sleep(0.05)


async def test_calls_are_settled_at_their_true_price_and_refused_when_the_budget_is_used_up(tmp_path: Path) -> None:
    """64 at once never overspend; plain calls and streams cost the same; raising the budget lets calls in again."""
    async with fake_openai() as upstream, gateway(tmp_path, upstream) as web:
        wish = {"kind": "tenant", "period": "month", "limit": "1"}
        async with web.post("/admin/budgets", json=wish) as answer:
            made = await answer.json()
        results = await asyncio.gather(*(asked(web, stream=bool(number % 2)) for number in range(64)))
        served_calls = [body for status, body, _ in results if status == 200 and "budget_exceeded" not in body]
        assert 1 <= len(served_calls) < 64
        assert len(upstream.seen) == len(served_calls)
        plain = next(headers for status, body, headers in results if status == 429)
        assert int(plain["Retry-After"]) > 0
        spent = float(await settled(web))
        assert 0 < spent <= 1
        async with web.patch(f"/admin/budgets/{made['id']}", json={"limit": "5"}) as answer:
            assert answer.status == 200
        assert (await asked(web))[0] == 200
        assert float(await settled(web)) > spent
