"""The third stage of a search: a reranker over its own wire, well and badly, seen by whoever searches."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_reranker import RerankServer, fake_reranker
from proxy_house import Proxy, open_proxy

from banyan.adapters.rerankers import RERANKERS
from banyan.proxy.domain.search_options import SearchDefaults
from banyan.proxy.ports.reranker import RerankerNeeds
from banyan.proxy.usecases.rerank import Rerank

QUERY = "How do leaves make sugar?"
PARTS = ["Leaves make sugar from light.", "Leaves make sugar by day.", "Sugar brings bees.", "Bees love bees."]
PAGE = "\n\n".join(f"# Part {number}\n\n{text}" for number, text in enumerate(PARTS))


class Hand:
    """A clock's, that is turned by the test."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def proxy_with(
    folder: Path, server: RerankServer, name: str, deadline: float = 5, candidates: int = 50
) -> AsyncIterator[tuple[Proxy, Hand]]:
    reranker = RERANKERS[name].open(RerankerNeeds(server.url, "judge-1", "sk-secret-123456", deadline))
    hand = Hand()
    defaults = SearchDefaults(rerank=True, rerank_candidates=candidates)
    async with open_proxy(folder, rerank=Rerank(reranker, now=hand), search_defaults=defaults) as proxy:
        await proxy.index("botany", "leaves", markdown=PAGE, title="T", wait=True)
        yield proxy, hand
    await reranker.close()


@pytest.fixture
async def server() -> AsyncIterator[RerankServer]:
    async with fake_reranker() as running:
        yield running


async def search(proxy: Proxy, **more: Any) -> dict[str, Any]:
    status, answer = await proxy.ask("POST", "/v1/rag/search", json={"query": QUERY, "course": "botany", **more})
    assert status == 200, answer
    return dict(answer)


def texts(answer: dict[str, Any]) -> list[str]:
    return [found["content"] for found in answer["results"]]


async def counted(proxy: Proxy, outcome: str) -> float:
    async with proxy.web.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    start = f'ai_rerank_requests_total{{outcome="{outcome}",service="ai-proxy"}} '
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


@pytest.mark.parametrize("name", list(RERANKERS))
async def test_the_reranker_makes_the_order(name: str, server: RerankServer, tmp_path: Path) -> None:
    """Its scores stand beside those of the search; it reads passages under their headings."""
    async with proxy_with(tmp_path, server, name) as (proxy, _):
        answer = await search(proxy)
        assert texts(answer)[:2] == ["Bees love bees.", "Sugar brings bees."]
        assert [found["rerank_score"] for found in answer["results"]] == [0.2, 0.1, 0.0, 0.0]
        assert (answer["reranked"], "reason" in answer) == (True, False)
        ((_, _, body),) = server.seen
        assert body["query"] == QUERY
        assert "T > Part 3\nBees love bees." in body["documents"]
        assert await counted(proxy, "done") == 1


async def test_one_search_may_do_without(server: RerankServer, tmp_path: Path) -> None:
    """`rerank: false` asks nobody and says nothing of it."""
    async with proxy_with(tmp_path, server, "cohere") as (proxy, _):
        answer = await search(proxy, rerank=False)
        assert "bees" not in texts(answer)[0]
        assert ("reranked" in answer, server.seen) == (False, [])


async def test_a_chat_does_not_wait_for_the_reranker(server: RerankServer, tmp_path: Path) -> None:
    """Grounded answers use the search's own order."""
    async with proxy_with(tmp_path, server, "cohere") as (proxy, _):
        messages = [{"role": "user", "content": QUERY}]
        status, _ = await proxy.chat({"model": "banyan/echo", "course": "botany", "messages": messages})
        assert (status, server.seen) == (200, [])


async def test_only_the_best_are_shown_to_the_reranker(server: RerankServer, tmp_path: Path) -> None:
    """What it was not shown follows in the former order."""
    async with proxy_with(tmp_path, server, "jina", candidates=2) as (proxy, _):
        plain = texts(await search(proxy, rerank=False))
        answer = await search(proxy)
        assert [len(body["documents"]) for _, _, body in server.seen] == [2]
        assert texts(answer)[2:] == plain[2:]
        assert ["rerank_score" in found for found in answer["results"]] == [True, True, False, False]


async def test_what_the_reranker_passes_over_keeps_its_place(server: RerankServer, tmp_path: Path) -> None:
    """Missing results follow those that it gave, in the former order, and none is lost."""
    server.behaviour = "missing"
    async with proxy_with(tmp_path, server, "jina") as (proxy, _):
        plain = texts(await search(proxy, rerank=False))
        answer = await search(proxy)
        judged = ["Bees love bees.", "Sugar brings bees."]
        assert texts(answer) == judged + [text for text in plain if text not in judged]
        assert answer["reranked"] is True


async def test_variety_follows_the_rerankers_order(server: RerankServer, tmp_path: Path) -> None:
    """With a share of 1 it changes nothing; the first is always the reranker's."""
    async with proxy_with(tmp_path, server, "cohere") as (proxy, _):
        reranked = texts(await search(proxy))
        assert texts(await search(proxy, mmr={"lambda": 1})) == reranked
        assert texts(await search(proxy, mmr={"lambda": 0.5}))[0] == reranked[0]


FAILURES = ["500", "429", "401", "cut", b"<html>", b'{"results": [{"index": 9, "relevance_score": 1}]}']


@pytest.mark.parametrize("behaviour", FAILURES)
async def test_a_failure_leaves_the_former_order_and_is_said(
    behaviour: str | bytes, server: RerankServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the answer, in the log once, and in the figures; the next success is an ordinary one."""
    async with proxy_with(tmp_path, server, "cohere") as (proxy, _):
        plain = await search(proxy, rerank=False)
        server.behaviour = behaviour
        with caplog.at_level(logging.WARNING):
            answers = [await search(proxy) for _ in range(3)]
        for answer in answers:
            assert answer == {**plain, "reranked": False, "reason": answer["reason"]}
            assert "reranker" in answer["reason"]
            assert "sk-secret" not in answer["reason"]
        said = [record for record in caplog.records if "Searching without the reranker" in record.getMessage()]
        assert (len(said), await counted(proxy, "failed")) == (1, 3)
        server.behaviour = "well"
        assert (await search(proxy))["reranked"] is True


async def test_a_silent_reranker_is_not_waited_for_twice(server: RerankServer, tmp_path: Path) -> None:
    """After a deadline the next ten seconds of searches answer at once, with the reason; then it is asked again."""
    server.behaviour = "hang"
    async with proxy_with(tmp_path, server, "local", deadline=0.2) as (proxy, hand):
        first, second = await search(proxy), await search(proxy)
        assert first["reason"] == "The reranker took longer than 0.2 s; try again, or raise RERANK_TIMEOUT."
        assert second == first
        assert len(server.seen) == 1
        server.behaviour = "well"
        hand.seconds += 11
        assert (await search(proxy))["reranked"] is True


async def test_nothing_found_is_nothing_to_rerank(server: RerankServer, tmp_path: Path) -> None:
    """An empty answer asks nobody and claims nothing."""
    async with proxy_with(tmp_path, server, "local") as (proxy, _):
        answer = await search(proxy, course="astronomy")
        assert (answer, server.seen) == ({"results": []}, [])


async def test_a_reranker_elsewhere_is_not_shown_a_bound_course(server: RerankServer, tmp_path: Path) -> None:
    """The search answers in its own order and says why; once the course is free, the reranker is asked."""
    async with proxy_with(tmp_path, server, "cohere") as (proxy, _):
        await proxy.ask("PUT", "/admin/courses/botany/zone", json={"zone": "local"})
        answer = await search(proxy)
        assert all("rerank_score" not in found for found in answer["results"])
        assert server.seen == []
        async with proxy.web.delete("/admin/courses/botany/zone") as response:
            assert response.status == 204
        assert texts(await search(proxy))[:2] == ["Bees love bees.", "Sugar brings bees."]
