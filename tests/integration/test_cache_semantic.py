"""The semantic cache at the edge, with the real embedding model: who is answered, and who is not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from faulty_upstream import TEXT
from gateway_house import Answer, Gateway, open_gateway
from tiny_embedder import TinyEmbedder

from banyan.adapters.caches.memory import MemoryCache
from banyan.adapters.embedders.minilm import MiniLM
from banyan.app.caching import cache_probe
from banyan.proxy.domain.cache_policy import CacheMode, CacheRules
from banyan.proxy.wrappers.nearby import Nearby

RULES = CacheRules(CacheMode.SEMANTIC)
LEAF, LEAF_AGAIN = "What is the function of a leaf?", "What is the role of a leaf, please?"


def asking(question: str, **more: Any) -> dict[str, Any]:
    return {"course": "botany", "messages": [{"role": "user", "content": question}], **more}


def told(answer: Answer) -> str | None:
    return answer.headers.get("x-banyan-cache")


async def kept(gateway: Gateway, **body: Any) -> Answer:
    """The answer, once it is in the cache; that is after it has been given."""
    answer = await gateway.ask(**body)
    async with asyncio.timeout(30):
        while gateway.flights:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return answer


async def looks(gateway: Gateway, *bodies: dict[str, Any]) -> list[str | None]:
    return [told(await kept(gateway, **body)) for body in bodies]


@pytest.fixture
def nearby(minilm: MiniLM) -> Nearby:
    return Nearby(minilm, 0.9, seconds=30)


@pytest.fixture
async def gateway(tmp_path: Path, nearby: Nearby) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, cache=MemoryCache(1_000_000), rules=RULES, nearby=nearby) as running:
        yield running


@pytest.mark.parametrize("stream", [False, True])
async def test_the_same_question_in_other_words_costs_nothing(gateway: Gateway, stream: bool) -> None:
    """It says so, with the likeness of the two, and the books show it."""
    await kept(gateway, **asking(LEAF))
    answer = await gateway.ask(stream=stream, **asking(LEAF_AGAIN))
    assert (told(answer), answer.text, answer.headers["x-banyan-cost"]) == ("semantic", TEXT, "0")
    assert 0.9 <= float(answer.headers["x-banyan-cache-similarity"]) <= 1
    assert len(gateway.primary.calls) == 1
    row = (await gateway.rows())[-1]
    assert (row["status"], row["cache"], row["cost"]) == ("cached", "semantic", 0)


@pytest.mark.parametrize(
    "other",
    [
        asking("What is the function of a root?"),
        asking("What is the function of 2 leaves?"),
        asking("What is not the function of a leaf?"),
        asking(LEAF_AGAIN, lesson="leaves"),
        asking(LEAF_AGAIN, max_tokens=5),
        asking(LEAF_AGAIN, model="alone"),
        asking(LEAF_AGAIN, user="ada"),
        asking(LEAF_AGAIN, response_format={"type": "json_object"}),
    ],
)
async def test_another_question_or_another_partition_is_asked(gateway: Gateway, other: dict[str, Any]) -> None:
    """As the exact cache keeps them apart."""
    assert await looks(gateway, asking(LEAF), other) == ["miss", "miss"]


async def test_only_who_shares_equal_answers_shares_those_to_similar_questions(gateway: Gateway) -> None:
    """Another tenant and another user get nothing of a user's own; learners of a course share."""
    own = {"temperature": 0, "course": None}
    found = []
    for question, tenant, name, more in (
        (LEAF, "oak", "ada", own),
        (LEAF_AGAIN, "elm", "ada", own),
        (LEAF_AGAIN, "oak", "bob", own),
        ("What function has a leaf?", "oak", "ada", own),
        (LEAF, "default", "ada", {}),
        (LEAF_AGAIN, "default", "bob", {}),
    ):
        headers = {"X-Banyan-User": name, "X-Banyan-Roles": "learner", "X-Banyan-Tenant": tenant}
        found.append(told(await kept(gateway, headers=headers, **asking(question, **more))))
    assert found == ["miss", "miss", "miss", "semantic", "miss", "semantic"]


async def test_a_refresh_asks_and_a_dropped_answer_is_forgotten(tmp_path: Path, nearby: Nearby) -> None:
    """Nothing is answered that the store no longer has."""
    store = MemoryCache(1_000_000)
    async with open_gateway(tmp_path, cache=store, rules=RULES, nearby=nearby) as gateway:
        await kept(gateway, **asking(LEAF))
        refreshed = await kept(gateway, headers={"X-Banyan-Cache": "refresh"}, **asking(LEAF_AGAIN))
        assert (told(refreshed), nearby.size) == ("miss", 2)
        await store.drop("banyan:")
        assert await looks(gateway, asking("What function has a leaf?")) == ["miss"]


async def test_without_the_model_the_very_same_question_is_still_answered(tmp_path: Path) -> None:
    """Readiness says what is missing until the model is back."""
    model = TinyEmbedder()
    model.broken = True
    store, nearby = MemoryCache(1_000_000), Nearby(model, 0.5)
    async with open_gateway(tmp_path, cache=store, rules=RULES, nearby=nearby) as gateway:
        assert await looks(gateway, asking(LEAF), asking(LEAF_AGAIN), asking(LEAF)) == ["miss", "miss", "hit"]
        finding = await cache_probe(store, nearby)()
        assert (finding.state, "very same questions" in finding.reason) == ("degraded", True)
        model.broken = False
        await kept(gateway, headers={"X-Banyan-Cache": "refresh"}, **asking(LEAF))
        assert (await cache_probe(store, nearby)()).state == "ok"


async def test_questions_are_bounded_and_expire() -> None:
    """In a partition, in all, and in time; the oldest go first."""
    now = [0.0]
    nearby = Nearby(TinyEmbedder(), 0.5, in_partition=2, in_all=3, now=lambda: now[0])
    for number in range(5):
        await nearby.add("a", LEAF, f"a{number}", 60)
    assert nearby.size == 2
    await nearby.add("b", LEAF, "b0", 60)
    await nearby.add("c", LEAF, "c0", 60)
    found = await nearby.find("a", LEAF)
    assert (nearby.size, found and found.key) == (3, "a4")
    now[0] = 60
    assert [await nearby.find(name, LEAF) for name in "abc"] == [None, None, None]
    assert nearby.size == 0
