"""One suite for everything that makes embeddings, and what an upstream behind a wire can do wrong."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from shelf import Shelf

from banyan.adapters.embedders.minilm import MiniLM
from banyan.adapters.providers import PROVIDERS
from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream as Address
from banyan.adapters.providers.openai_embeddings import OpenAIEmbeddings
from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.embedder import Embedder

KEY = "sk-secret-123456"


@dataclass
class Upstream:
    """behaviour: how the next answers come. seen: every request's (Authorization, body)."""

    base_url: str = ""
    behaviour: str = "base64"
    seen: list[tuple[str | None, dict]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.seen.append((request.headers.get("Authorization"), body))
        match self.behaviour:
            case "429":
                error = {"error": {"message": f"Slow down, {KEY}."}}
                return web.json_response(error, status=429, headers={"Retry-After": "7"})
            case "400":
                return web.json_response({"error": {"message": "This model has 8192 tokens."}}, status=400)
            case "hang":
                await asyncio.sleep(30)
            case "html":
                return web.Response(text="<html>hello</html>", content_type="text/html")
        data = [self._item(index, text) for index, text in enumerate(body["input"])]
        if self.behaviour == "too few":
            data.pop()
        usage = {"prompt_tokens": len(data), "total_tokens": len(data)}
        return web.json_response({"data": data[::-1], "usage": usage})

    def _item(self, index: int, text: str | list[int]) -> dict:
        vector = np.array([len(text), 1, 1], dtype="<f4")
        if self.behaviour == "uneven":
            vector = vector[: 1 + index]
        floats = self.behaviour == "floats"
        return {"index": index, "embedding": vector.tolist() if floats else base64.b64encode(vector.tobytes()).decode()}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    running = Upstream()
    application = web.Application()
    application.router.add_post("/v1/embeddings", running.answer)
    async with TestServer(application) as server:
        running.base_url = str(server.make_url("/v1"))
        yield running


@pytest.fixture
async def remote(upstream: Upstream) -> AsyncIterator[OpenAIEmbeddings]:
    opened = OpenAIEmbeddings(
        Address(upstream.base_url, Secret(KEY)),
        urgent=Patience(2, 0.2, 0.2, 0.2),
        background=Patience(2, 5, 5, 5),
        batch=3,
    )
    yield opened
    await opened.close()


@pytest.fixture(params=["minilm", "openai"])
def embedder(request: pytest.FixtureRequest, minilm: MiniLM, remote: OpenAIEmbeddings) -> Embedder:
    return minilm if request.param == "minilm" else remote.model("text-embedding-3-small")


async def test_rows_come_in_the_order_given(embedder: Embedder) -> None:
    """However the texts are batched, row i belongs to text i."""
    texts = ["one", "a second", "the third of them", "4", "a fifth, longer than all others here", "six", "seven"]
    together = await embedder.embed(texts)
    alone = [(await embedder.embed([text], urgent=True)).vectors[0] for text in texts]
    assert np.array_equal(together.vectors, np.array(alone))
    assert together.tokens >= len(texts)


async def test_every_text_has_a_unit_vector(embedder: Embedder) -> None:
    """Empty text, broken Unicode and tokens included."""
    found = await embedder.embed(["", "\ud800", "text", (101, 2054, 2003, 102)])
    assert found.vectors.dtype == np.float32
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


async def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    """Nothing is asked of the model for an empty list."""
    assert len((await embedder.embed([])).vectors) == 0


async def test_an_upstream_that_knows_no_base64_is_understood(remote: OpenAIEmbeddings, upstream: Upstream) -> None:
    """Lists of numbers give the same vectors."""
    packed = await remote.model("m").embed(["some", "texts"])
    upstream.behaviour = "floats"
    assert np.array_equal((await remote.model("m").embed(["some", "texts"])).vectors, packed.vectors)


async def test_an_upstream_is_sent_the_model_and_the_key(remote: OpenAIEmbeddings, upstream: Upstream) -> None:
    """The request is OpenAI's, tokens untouched and at most a batch at a time."""
    await remote.model("m").embed(["a", "", "\ud800", (1, 2)])
    assert [(key, json.dumps(body["input"]), body["model"]) for key, body in upstream.seen] == [
        (f"Bearer {KEY}", json.dumps(["a", " ", "\ufffd"]), "m"),
        (f"Bearer {KEY}", "[[1, 2]]", "m"),
    ]


@pytest.mark.parametrize(
    ("behaviour", "error", "words"),
    [
        ("429", RateLimited, "takes no more requests now"),
        ("400", UpstreamFailed, "This model has 8192 tokens"),
        ("hang", DeadlineExceeded, "did not begin to answer"),
        ("html", UpstreamFailed, "not a list of embeddings"),
        ("too few", UpstreamFailed, "not a list of embeddings"),
        ("uneven", UpstreamFailed, "not a list of embeddings"),
    ],
)
async def test_a_failing_upstream_is_named(
    remote: OpenAIEmbeddings, upstream: Upstream, behaviour: str, error: type[BanyanError], words: str
) -> None:
    """Each failure becomes one error of ours, without the key in it."""
    upstream.behaviour = behaviour
    with pytest.raises(error, match=words) as caught:
        await remote.model("m").embed(["a", "b"], urgent=True)
    assert KEY not in caught.value.message


async def test_an_upstream_that_is_not_there_is_named() -> None:
    """A refused connection names the host and the next step."""
    absent = OpenAIEmbeddings(Address("http://127.0.0.1:1/v1", Secret(None)))
    with pytest.raises(UpstreamFailed, match=r"127\.0\.0\.1 cannot be reached; check its base URL"):
        await absent.model("m").embed(["a"])
    await absent.close()


async def test_the_upstream_follows_from_the_environment(upstream: Upstream) -> None:
    """The names that the world uses open it; without them there is none, and a wrong address is refused."""
    embeddings = PROVIDERS["openai"].embeddings
    assert embeddings is not None
    needs = ProviderNeeds({"OPENAI_BASE_URL": upstream.base_url, "EMBEDDING_BATCH_SIZE": "2"}, Shelf())
    model = embeddings(needs)
    assert model is not None
    embedder = model("m")
    assert (await embedder.embed(["a", "b", "c"])).vectors.shape == (3, 3)
    assert [len(body["input"]) for _, body in upstream.seen] == [2, 1]
    await embedder.close()
    assert embeddings(ProviderNeeds({}, Shelf())) is None
    with pytest.raises(InvalidInput, match="OPENAI_BASE_URL"):
        embeddings(ProviderNeeds({"OPENAI_BASE_URL": "localhost"}, Shelf()))
