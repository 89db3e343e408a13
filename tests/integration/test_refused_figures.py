"""Calls that are not let in, as `/metrics` counts them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fake_openai import Upstream, fake_openai
from http_server import served
from prometheus_client.parser import text_string_to_metric_families

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

MODEL = "openai/gpt-4o"
QUESTION = [{"role": "user", "content": "Why?"}]


@dataclass
class Gateway:
    web: aiohttp.ClientSession
    upstream: Upstream

    async def ask(self, path: str = "chat/completions", user: str = "ana", **body: Any) -> tuple[int, str]:
        """Status, and the code of a refusal."""
        zone = body.pop("zone", None)
        headers = {"X-Banyan-User": user, **({"X-Banyan-Zone": zone} if zone else {})}
        if path == "chat/completions":
            body = {"model": MODEL, "messages": QUESTION, **body}
        async with self.web.post(f"/v1/{path}", json=body, headers=headers) as answer:
            found = await answer.json()
            return answer.status, found["error"]["code"] if answer.status >= 400 else ""

    async def put(self, path: str, **body: Any) -> None:
        async with self.web.put(f"/admin/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def refused(self) -> dict[str, float]:
        """Kinds and counts, of the tenant `default`."""
        async with self.web.get("/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        return {
            sample.labels["kind"]: sample.value
            for family in families
            for sample in family.samples
            if sample.name == "banyan_refused_total" and sample.labels["tenant"] == "default"
        }


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with fake_openai() as upstream:
        settings = load_settings(
            data=tmp_path,
            openai_base_url=upstream.base_url,
            openai_api_key="sk-secret",
            prices={MODEL: {"input": 1, "output": 1}},
            aliases={"any": {"targets": [MODEL]}},
        )
        async with (
            open_services(settings, ("proxy",), frozenset(), "local") as services,
            served(services.applications["proxy"]) as url,
            aiohttp.ClientSession(url) as web,
        ):
            yield Gateway(web, upstream)


async def test_every_kind_of_limit_is_counted_by_its_kind(gateway: Gateway) -> None:
    """Requests, tokens and calls at a time; chat and embeddings alike; what was let in is not counted."""
    await gateway.put("limits", kind="user", subject="ana", requests_per_minute=1)
    await gateway.put("limits", kind="user", subject="ben", tokens_per_minute=1)
    await gateway.put("limits", kind="user", subject="cem", parallel=1)
    assert await gateway.ask() == (200, "")
    assert await gateway.refused() == {}
    assert await gateway.ask() == (429, "request_limit")
    assert await gateway.ask("embeddings", input="one") == (429, "request_limit")
    assert await gateway.ask(user="ben") == (429, "token_limit")
    gateway.upstream.behaviour = "hang"
    first = asyncio.create_task(gateway.ask(user="cem"))
    async with asyncio.timeout(10):
        await gateway.upstream.waiting.wait()
    assert await gateway.ask(user="cem") == (429, "parallel_limit")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await gateway.refused() == {"rate": 2, "tokens": 1, "parallel": 1}


async def test_what_a_data_zone_keeps_out_is_counted(gateway: Gateway) -> None:
    """By the zone of the course, against the zone of the course, and where no target of an alias is in the zone."""
    await gateway.put("courses/botany/zone", zone="local")
    assert await gateway.ask(course="botany") == (403, "zone_not_allowed")
    assert await gateway.ask(course="botany", zone="external") == (403, "zone_not_allowed")
    assert await gateway.ask(model="any", zone="local") == (403, "no_deployment")
    assert await gateway.ask("embeddings", input="one", model="openai/vectors", zone="local") == (
        403,
        "zone_not_allowed",
    )
    assert await gateway.refused() == {"zone": 4}
    assert (await gateway.ask(model="any"))[0] == 200
    assert await gateway.refused() == {"zone": 4}


async def test_an_empty_budget_is_counted(gateway: Gateway) -> None:
    """As ever."""
    async with gateway.web.post("/admin/budgets", json={"kind": "user", "period": "day", "limit": "0.000001"}) as made:
        assert made.status == 201
    assert await gateway.ask() == (429, "budget_exceeded")
    assert await gateway.refused() == {"budget": 1}
