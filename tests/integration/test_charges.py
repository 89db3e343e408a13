"""What providers say that they charged: booked where that is what they charge, compared with the price everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fake_openrouter import FakeOpenRouter, fake_openrouter
from http_server import served
from services import banyan

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

ROUTED, DIRECT = "openrouter/gpt-4o", "openai/gpt-4o"
PRICE = {"input": "10", "output": "10"}
TOKENS = 10
AT_PRICE = 0.0001
"""What the price makes of the tokens."""


@pytest.fixture
async def upstream() -> AsyncIterator[FakeOpenRouter]:
    async with fake_openrouter() as upstream:
        yield upstream


@asynccontextmanager
async def gateway(folder: Path, upstream: FakeOpenRouter, model: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The proxy with the upstream behind both names, at the same price."""
    settings = load_settings(
        data=folder,
        model=model,
        openai_base_url=upstream.base_url,
        openai_api_key="sk-secret",
        providers={"openrouter": {"base_url": upstream.base_url, "api_key": "sk-secret"}},
        prices={ROUTED: PRICE, DIRECT: PRICE},
    )
    async with (
        open_services(settings, ("proxy",), frozenset(), "local") as services,
        served(services.applications["proxy"]) as url,
        aiohttp.ClientSession(url) as web,
    ):
        yield web


async def ask(web: aiohttp.ClientSession, model: str, *, stream: bool = False) -> str:
    """The cost in the head of a plain answer."""
    body = {"model": model, "messages": [{"role": "user", "content": "Why?"}], "stream": stream}
    async with web.post("/v1/chat/completions", json=body) as answer:
        assert answer.status == 200
        await answer.read()
        return answer.headers.get("x-banyan-cost", "")


async def rows(web: aiohttp.ClientSession, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(10):
        while True:
            async with web.get("/admin/usage/attempts") as answer:
                found: list[dict[str, Any]] = (await answer.json())["attempts"]
            if len(found) == count:
                return found
            await asyncio.sleep(0.05)


async def drifts(web: aiohttp.ClientSession) -> dict[str, str]:
    """Deployments whose charges are an alarm, and what it says."""
    async with web.get("/admin/alarms") as answer:
        alarms = (await answer.json())["alarms"]
    return {one["subject"]: one["message"] for one in alarms if one["kind"] == "charge_drift"}


async def test_what_openrouter_says_that_it_charged_is_booked(tmp_path: Path, upstream: FakeOpenRouter) -> None:
    """Plain and streamed; the row says where the figure is from, and the spend is its sum."""
    async with gateway(tmp_path, upstream, ROUTED) as web:
        assert float(await ask(web, ROUTED)) == 0.00014
        await ask(web, ROUTED, stream=True)
        for row in await rows(web, 2):
            assert (row["cost_dollars"], row["reported_dollars"]) == ("0.000140000", "0.000140000")
            assert (row["price_version"], row["input_tokens"] + row["output_tokens"]) == ("reported", TOKENS)
        async with web.get("/admin/usage") as answer:
            assert (await answer.json())["total"]["cost_dollars"] == "0.000280000"


async def test_a_report_by_anybody_else_is_compared_and_not_believed(tmp_path: Path, upstream: FakeOpenRouter) -> None:
    """A server of one's own may say what it likes; the price holds, and the report stands beside it."""
    async with gateway(tmp_path, upstream, DIRECT) as web:
        await ask(web, DIRECT)
        [row] = await rows(web, 1)
        assert (row["cost_dollars"], row["reported_dollars"]) == ("0.000100000", "0.000140000")
        assert row["price_version"].startswith("own ")


@pytest.mark.parametrize("model", [ROUTED, DIRECT])
async def test_charges_that_are_off_the_price_are_an_alarm_everywhere(
    tmp_path: Path, upstream: FakeOpenRouter, model: str
) -> None:
    """Over HTTP and in the figures; and after the service has ended, in `banyan usage` and `banyan doctor`."""
    async with gateway(tmp_path / "data", upstream, model) as web:
        for _ in range(4):
            await ask(web, model)
        assert await drifts(web) == {}
        await ask(web, model)
        await rows(web, 5)
        found = await drifts(web)
        assert list(found) == [model]
        assert "$0.000700000 for 5 calls" in found[model]
        assert "$0.000500000" in found[model]
        async with web.get("/metrics") as answer:
            figures = await answer.text()
        assert f'banyan_charged_dollars_total{{by="provider",deployment="{model}"}} 0.0007' in figures
        assert f'banyan_charged_dollars_total{{by="price",deployment="{model}"}} 0.0005' in figures
    for command in ("usage", "doctor"):
        done = await asyncio.to_thread(banyan, tmp_path / "data", command)
        assert found[model] in done.stdout + done.stderr, done.stderr


async def test_charges_that_agree_with_the_price_are_none(tmp_path: Path, upstream: FakeOpenRouter) -> None:
    """Within `price_drift`, five in a hundred as it is shipped."""
    upstream.costs = {"cost": AT_PRICE * 1.04}
    async with gateway(tmp_path, upstream, ROUTED) as web:
        for _ in range(6):
            await ask(web, ROUTED)
        await rows(web, 6)
        assert await drifts(web) == {}


@pytest.mark.parametrize("cost", ["free", {"sum": 1}, -1, None, [0.1], True])
async def test_a_report_that_is_no_amount_changes_nothing(tmp_path: Path, upstream: FakeOpenRouter, cost: Any) -> None:
    """The tokens count as ever, and the price holds."""
    upstream.costs = {"cost": cost, "is_byok": "?", "cost_details": 3}
    async with gateway(tmp_path, upstream, ROUTED) as web:
        await ask(web, ROUTED)
        await ask(web, ROUTED, stream=True)
        for row in await rows(web, 2):
            assert (row["cost_dollars"], row["reported_dollars"], row["estimated"]) == ("0.000100000", None, False)
