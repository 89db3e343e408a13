"""A budget through the wired proxy: reserved before the call, settled by the ledger, refused when it is used up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
from fake_openai import FakeOpenAI, Upstream, fake_openai
from fake_upstream import running
from faulty_upstream import faulty_upstream, vectors
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


class Miscounting(FakeOpenAI):
    """An upstream that says whatever `usage` is."""

    usage: ClassVar[dict[str, int]] = {}

    def _usage(self) -> dict:
        return self.usage


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1_000_000, "completion_tokens": -1_000_000},
        {"prompt_tokens": 9 * 10**18, "completion_tokens": 9 * 10**18},
        {"prompt_tokens": 10**30, "completion_tokens": 5},
    ],
    ids=["below nothing", "beyond the ledger", "beyond any number"],
)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
async def test_a_provider_that_counts_nonsense_neither_refills_a_budget_nor_blocks_it(
    tmp_path: Path, usage: dict[str, int], stream: bool
) -> None:
    """What it counted is estimated instead; that is settled, and nothing stays reserved."""
    upstream = Miscounting()
    upstream.usage = usage  # type: ignore[misc]
    async with running(upstream), gateway(tmp_path, upstream) as web:
        async with web.post("/admin/budgets", json={"kind": "tenant", "period": "month", "limit": "5"}):
            pass
        assert (await asked(web, stream=stream))[0] == 200
        assert 0 < float(await settled(web)) < 0.3


async def test_what_a_call_has_cost_is_shown_as_soon_as_it_has_ended(tmp_path: Path) -> None:
    """The books are brought up to date before anybody reads them: ten tokens, a cent."""
    async with fake_openai() as upstream, gateway(tmp_path, upstream) as web:
        async with web.post("/admin/budgets", json={"kind": "tenant", "period": "month", "limit": "5"}):
            pass
        assert (await asked(web))[0] == 200
        assert float((await budget(web))["settled"]) == 0.01
        async with web.get("/admin/usage") as answer:
            assert float((await answer.json())["total"]["cost_dollars"]) == 0.01


async def test_each_of_several_choices_is_bounded_by_its_own_share(tmp_path: Path) -> None:
    """Where the request has no bound, the provider is told that of one choice, and all choices are reserved."""
    async with fake_openai() as upstream, gateway(tmp_path, upstream) as web:
        async with web.post("/admin/budgets", json={"kind": "tenant", "period": "month", "limit": "1000"}):
            pass
        assert (await asked(web, max_tokens=None, n=2))[0] == 200
        assert (await asked(web, max_tokens=None, n=1))[0] == 200
        (_, two), (_, one) = upstream.seen
        assert two["max_tokens"] == one["max_tokens"]
        status, body, _ = await asked(web, max_tokens=-1)
        assert (status, "must be 1 or more" in body, len(upstream.seen)) == (400, True, 2)


async def test_a_budget_pays_for_vectors_of_a_deployment(tmp_path: Path) -> None:
    """At the price that the deployment was given; what the money does not reach for goes to what is free."""
    async with fake_openai() as upstream, faulty_upstream() as embedder, gateway(tmp_path, upstream) as web:
        embedder.usual = vectors(1.0, 0.0)
        table = {"model": "openai/text-embedding-3-small", "base_url": embedder.base_url}
        paid = {**table, "price": {"input": 100_000, "output": 0}}
        free = {**table, "price": {"input": 0, "output": 0}}
        targets = {"targets": ["paid", "free"]}
        for path, body in (("deployments/paid", paid), ("deployments/free", free), ("aliases/m", targets)):
            async with web.put(f"/admin/{path}", json=body) as put:
                assert put.status == 200, await put.text()
        async with web.post("/admin/budgets", json={"kind": "tenant", "period": "month", "limit": "1"}) as made:
            assert made.status < 300

        async def ask(model: str, text: str) -> tuple[int, str]:
            async with web.post("/v1/embeddings", json={"model": model, "input": text}) as answer:
                found = await answer.json()
                code = found.get("error", {}).get("code")
                return answer.status, code or answer.headers["x-banyan-deployment"]

        assert await ask("m", "leaf") == (200, "paid")
        assert float(await settled(web)) == 0.4
        assert await ask("paid", "a long text") == (429, "budget_exceeded")
        assert await ask("m", "a long text") == (429, "budget_exceeded")
        assert len(embedder.calls) == 1
