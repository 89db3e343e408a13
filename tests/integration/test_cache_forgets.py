"""What the cache forgets when a person is erased, in memory and in Redis, in this process and in others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gateway_house import Answer, Gateway, open_gateway
from tiny_embedder import TinyEmbedder

from banyan.adapters.caches.memory import MemoryCache
from banyan.adapters.caches.redis import RedisCache
from banyan.adapters.storage.forgotten_answers import SqlForgottenAnswers
from banyan.app.redis_client import open_redis
from banyan.kernel.errors import Unavailable
from banyan.proxy.domain.cache_policy import CacheMode, CacheRules
from banyan.proxy.ports.answer_cache import AnswerCache
from banyan.proxy.usecases.forget_answers import ForgetAnswers
from banyan.proxy.wrappers.nearby import Nearby

SHARED: dict[str, Any] = {"course": "botany"}
OWN: dict[str, Any] = {"temperature": 0}


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AnswerCache]:
    if request.param == "memory":
        yield MemoryCache(1_000_000)
        return
    client = open_redis(request.getfixturevalue("redis_url"), timeout=2, connect_timeout=2)
    yield RedisCache(client, seconds=2)
    await client.aclose()


@pytest.fixture
async def gateway(tmp_path: Path, store: AnswerCache, house_url: str) -> AsyncIterator[Gateway]:
    nearby = Nearby(TinyEmbedder(), 0.5)
    rules = CacheRules(CacheMode.SEMANTIC)
    async with open_gateway(tmp_path, cache=store, rules=rules, nearby=nearby, database_url=house_url) as running:
        yield running


async def asked(gateway: Gateway, tenant: str = "default", **more: Any) -> str | None:
    """Where the answer came from; it is kept when this returns."""
    headers = {"X-Banyan-User": "ana", "X-Banyan-Roles": "learner", "X-Banyan-Tenant": tenant}
    answer: Answer = await gateway.ask(headers=headers, **more)
    async with asyncio.timeout(30):
        while gateway.flights:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return answer.headers.get("x-banyan-cache")


def forget(gateway: Gateway) -> ForgetAnswers:
    return ForgetAnswers(SqlForgottenAnswers(gateway.database), gateway.answers)


async def test_answers_and_questions_of_the_tenant_go_and_no_others(gateway: Gateway) -> None:
    """What a course shares, a person's own, and the questions that are compared; the school next door keeps its own."""
    assert [await asked(gateway, **more) for more in (SHARED, OWN, SHARED, OWN)] == ["miss", "miss", "hit", "hit"]
    assert [await asked(gateway, "elm", **OWN) for _ in range(2)] == ["miss", "hit"]
    assert gateway.answers is not None
    assert gateway.answers.nearby is not None
    before = gateway.answers.nearby.size
    assert await forget(gateway)("default") == 2
    assert gateway.answers.nearby.size < before
    assert await asked(gateway, "elm", **OWN) == "hit"
    assert [await asked(gateway, **more) for more in (SHARED, OWN)] == ["miss", "miss"]


async def test_another_process_forgets_what_it_keeps_itself(gateway: Gateway) -> None:
    """It hears of it through the database, each time, and does nothing without."""
    other = forget(gateway)
    async with other.running():
        assert await asked(gateway, **SHARED) == "miss"
        await other.refresh()
        assert await asked(gateway, **SHARED) == "hit"
        for _ in range(2):
            await SqlForgottenAnswers(gateway.database).add("default")
            await other.refresh()
            assert await asked(gateway, **SHARED) == "miss"


async def test_an_answer_that_is_under_way_is_given_and_not_kept(gateway: Gateway) -> None:
    """Whoever waits for it gets it."""
    assert gateway.answers is not None
    task = asyncio.create_task(asked(gateway, **SHARED))
    async with asyncio.timeout(30):
        while not gateway.flights:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await forget(gateway)("default")
    assert await task == "miss"
    assert await asked(gateway, **SHARED) == "miss"


async def test_a_redis_that_is_away_is_said_and_not_passed_over(gateway: Gateway) -> None:
    """The erasure comes back later: nobody is told that answers are gone that may be there."""
    assert gateway.answers is not None
    client = open_redis("redis://127.0.0.1:9/0", timeout=0.2, connect_timeout=0.2)
    gateway.answers.store = RedisCache(client, seconds=0.2)
    with pytest.raises(Unavailable, match="Redis does not answer"):
        await forget(gateway)("default")
    await client.aclose()
