"""One suite for every wire shape of rerankers, against a server that speaks them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fake_reranker import RerankServer, fake_reranker

from banyan.adapters.rerankers import RERANKERS
from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.ports.reranker import Relevance, Reranker, RerankerNeeds

PATHS = {"cohere": "/v2/rerank", "jina": "/v1/rerank", "local": "/v1/rerank"}
TEXTS = ["Stones.", "Bees and bees.", "Leaves.", "One of the bees."]
KEY = "sk-secret-123456"


@pytest.fixture
async def server() -> AsyncIterator[RerankServer]:
    async with fake_reranker() as running:
        yield running


@asynccontextmanager
async def opened(name: str, url: str, deadline: float = 5) -> AsyncIterator[Reranker]:
    reranker = RERANKERS[name].open(RerankerNeeds(url, "judge-1", KEY, deadline))
    try:
        yield reranker
    finally:
        await reranker.close()


@pytest.mark.parametrize("name", list(RERANKERS))
async def test_texts_come_best_first(name: str, server: RerankServer) -> None:
    """Whether the server sorts or not; equals stay in the order in which they were sent."""
    async with opened(name, server.url) as reranker:
        judged = await reranker.rerank("Who makes honey?", TEXTS)
    assert judged == [Relevance(1, 0.2), Relevance(3, 0.1), Relevance(0, 0.0), Relevance(2, 0.0)]
    ((path, headers, body),) = server.seen
    assert (path, headers["Authorization"]) == (PATHS[name], f"Bearer {KEY}")
    expected = {"model": "judge-1", "query": "Who makes honey?", "documents": TEXTS, "top_n": 4}
    assert body == expected | ({"return_documents": False} if name == "jina" else {})


@pytest.mark.parametrize("name", list(RERANKERS))
@pytest.mark.parametrize("ending", ["", "/", "/v", "/v/rerank"])
async def test_an_address_may_be_given_in_part(name: str, ending: str, server: RerankServer) -> None:
    """With the version or without, with the endpoint or without."""
    url = server.url + ending.replace("/v", PATHS[name].removesuffix("/rerank"))
    async with opened(name, url) as reranker:
        assert len(await reranker.rerank("Who makes honey?", TEXTS)) == 4
    assert [path for path, _, _ in server.seen] == [PATHS[name]]


@pytest.mark.parametrize("name", list(RERANKERS))
async def test_missing_results_are_left_out(name: str, server: RerankServer) -> None:
    """A server may say nothing of a text; the caller decides where that one goes."""
    server.behaviour = "missing"
    async with opened(name, server.url) as reranker:
        assert [one.place for one in await reranker.rerank("Who makes honey?", TEXTS)] == [1, 3]


FAILURES: list[tuple[str | bytes, type[BanyanError], str]] = [
    ("401", UpstreamFailed, "check RERANK_API_KEY"),
    ("403", UpstreamFailed, "check RERANK_API_KEY"),
    ("404", UpstreamFailed, "check RERANK_URL, RERANK_API and RERANK_MODEL"),
    ("429", RateLimited, "wait, then try again"),
    ("500", UpstreamFailed, r"failed \(500\)"),
    ("redirect", UpstreamFailed, "check RERANK_URL"),
    ("cut", UpstreamFailed, "cannot be reached or broke off"),
    (b"<html>", UpstreamFailed, "not a list of scores"),
    (b"[]", UpstreamFailed, "not a list of scores"),
    (b"", UpstreamFailed, "not a list of scores"),
    (b'{"results": null}', UpstreamFailed, "not a list of scores"),
    (b'{"results": [{"index": "0", "relevance_score": 1}]}', UpstreamFailed, "not a list of scores"),
    (b'{"results": [{"index": 0, "relevance_score": 1e999}]}', UpstreamFailed, "not a list of scores"),
    (b'{"results": [{"index": 0, "relevance_score": NaN}]}', UpstreamFailed, "not a list of scores"),
    (b'{"results": []}', UpstreamFailed, "do not fit"),
    (b'{"results": [{"index": 4, "relevance_score": 1}]}', UpstreamFailed, "do not fit"),
    (b'{"results": [{"index": -1, "relevance_score": 1}]}', UpstreamFailed, "do not fit"),
    (
        b'{"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 2}]}',
        UpstreamFailed,
        "do not fit",
    ),
]


@pytest.mark.parametrize("name", list(RERANKERS))
@pytest.mark.parametrize(("behaviour", "kind", "words"), FAILURES)
async def test_every_failure_is_said_plainly(
    name: str, behaviour: str | bytes, kind: type[BanyanError], words: str, server: RerankServer
) -> None:
    """A refusal, a cut, nonsense, or scores of texts that were not sent; never the key or their words."""
    server.behaviour = behaviour
    async with opened(name, server.url) as reranker:
        with pytest.raises(kind, match=words) as raised:
            await reranker.rerank("Who makes honey?", TEXTS)
    assert KEY not in raised.value.message


@pytest.mark.parametrize("name", list(RERANKERS))
async def test_a_silent_server_is_left_at_the_deadline(name: str, server: RerankServer) -> None:
    """And it notices that nobody waits any more."""
    server.behaviour = "hang"
    async with opened(name, server.url, deadline=0.1) as reranker:
        with pytest.raises(DeadlineExceeded, match=r"longer than 0\.1 s; try again, or raise RERANK_TIMEOUT"):
            await reranker.rerank("Who makes honey?", TEXTS)
        await server.gone.wait()


@pytest.mark.parametrize("name", list(RERANKERS))
async def test_nobody_there_is_said(name: str) -> None:
    """A refused connection names what to check."""
    async with opened(name, "http://127.0.0.1:1") as reranker:
        with pytest.raises(UpstreamFailed, match="cannot be reached"):
            await reranker.rerank("Who makes honey?", TEXTS)


@pytest.mark.parametrize("name", ["cohere", "jina"])
def test_a_model_is_needed_where_there_are_several(name: str) -> None:
    """The sentence names the setting."""
    with pytest.raises(InvalidInput, match="set RERANK_MODEL"):
        RERANKERS[name].open(RerankerNeeds("https://example.org", None, None, 1))


async def test_a_server_with_one_model_is_not_told_which(server: RerankServer) -> None:
    """No model, no key: neither field nor header."""
    reranker = RERANKERS["local"].open(RerankerNeeds(server.url, None, None, 5))
    await reranker.rerank("Lone \udfff surrogate", ["text"])
    await reranker.close()
    ((_, headers, body),) = server.seen
    assert ("Authorization" in headers, "model" in body, body["query"]) == (False, False, "Lone ? surrogate")


def test_a_key_never_shows() -> None:
    """Not even in a printed value."""
    assert KEY not in repr(RerankerNeeds("https://example.org", None, KEY, 1))
