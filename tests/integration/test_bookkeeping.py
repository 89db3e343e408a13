"""A call through the wired proxy, as the ledger, the figures and readiness show it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fake_openai import Upstream, fake_openai
from http_server import served

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

MODEL = "openai/gpt-4o"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Why?"}]}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with fake_openai() as upstream:
        yield upstream


def settings_for(folder: Path, upstream: Upstream, **more: Any) -> Any:
    return load_settings(data=folder, openai_base_url=upstream.base_url, openai_api_key="sk-secret", **more)


async def row_of(web: aiohttp.ClientSession) -> dict[str, Any]:
    """The only row, once it has arrived."""
    async with asyncio.timeout(10):
        while True:
            async with web.get("/admin/usage/attempts") as answer:
                rows = (await answer.json())["attempts"]
            if rows:
                return dict(rows[0])
            await asyncio.sleep(0.05)


async def test_a_call_is_in_the_ledger_and_in_the_figures_at_the_operators_price(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Tokens times the price that is set; the course is counted; readiness knows the ledger."""
    prices = {MODEL: {"input": "1000", "output": "1000"}}
    settings = settings_for(tmp_path, upstream, prices=prices)
    async with (
        open_services(settings, ("proxy",), frozenset(), "local") as services,
        served(services.applications["proxy"]) as url,
        aiohttp.ClientSession(url) as web,
    ):
        async with web.post("/v1/chat/completions", json=ASK) as answer:
            usage = (await answer.json())["usage"]
        row = await row_of(web)
        tokens = usage["prompt_tokens"] + usage["completion_tokens"]
        assert float(row["cost_dollars"]) == pytest.approx(tokens / 1000)
        assert (row["status"], row["deployment"], row["price_version"][:4]) == ("ok", MODEL, "own ")
        async with web.get("/metrics") as answer:
            text = await answer.text()
        assert f'banyan_attempts_total{{deployment="{MODEL}"' in text
        assert 'ai_chat_requests_total{course="",service="ai-proxy"} 1.0' in text
        assert "banyan_ledger_waiting_rows 0.0" in text
        async with web.get("/health/ready") as answer:
            assert (await answer.json())["dependencies"]["ledger"] == {"status": "ok", "reason": ""}


async def test_a_call_without_a_known_price_is_loud(tmp_path: Path, upstream: Upstream) -> None:
    """In the ledger, the report, the figures and the alarms; never as 0."""
    settings = settings_for(tmp_path, upstream, model=MODEL)
    async with (
        open_services(settings, ("proxy",), frozenset(), "local") as services,
        served(services.applications["proxy"]) as url,
        aiohttp.ClientSession(url) as web,
    ):
        async with web.post("/v1/chat/completions", json=ASK) as answer:
            assert answer.status == 200
            assert answer.headers["x-banyan-cost"] == "unknown"
        assert (await row_of(web))["cost_dollars"] is None
        async with web.get("/admin/usage") as answer:
            assert (await answer.json())["total"]["unpriced"] == 1
        async with web.get("/metrics") as answer:
            assert f'banyan_unpriced_attempts_total{{deployment="{MODEL}"}} 1.0' in await answer.text()
        async with web.get("/admin/alarms") as answer:
            alarms = {(one["kind"], one["subject"]) for one in (await answer.json())["alarms"]}
        assert ("unpriced", MODEL) in alarms
