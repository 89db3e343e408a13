"""Chat completions over a real socket, with the official client wherever it can say what is meant."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
from fake_openai import WORDS
from proxy_house import KEY, Proxy, open_proxy

from banyan.edge.http.health import Finding
from banyan.kernel.errors import Unavailable

ASK = [{"role": "user", "content": "what do leaves make"}]


LEAVES = "# Sugar\n\nLeaves make sugar from light.\n\n# Water\n\nRoots drink water."


async def broken() -> Finding:
    raise Unavailable("The database is locked; stop the other process.")


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path) as opened:
        yield opened


@pytest.fixture
async def hurried_proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """Its model `hurried` has 5 seconds in all: told to wait for 7, a call fails at once."""
    hurried = {"model": "openai/m", "patience": {"total": 5}}
    async with open_proxy(tmp_path, deployments={"hurried": hurried}) as opened:
        yield opened


async def test_the_official_client_gets_a_plain_answer(proxy: Proxy) -> None:
    """The upstream sees its own name for the model; the answer comes back untouched."""
    answer = await proxy.client.chat.completions.create(model="openai/gpt-x", messages=ASK, temperature=0.5)
    assert answer.choices[0].message.content == "".join(WORDS)
    assert answer.usage is not None
    assert answer.usage.total_tokens == 10
    headers, body = proxy.upstream.seen[0]
    assert body == {"model": "gpt-x", "messages": ASK, "temperature": 0.5}
    assert headers["Authorization"] == f"Bearer {KEY}"


async def test_the_official_client_gets_a_stream(proxy: Proxy) -> None:
    """Piece by piece, and finished."""
    stream = await proxy.client.chat.completions.create(model="openai/gpt-x", messages=ASK, stream=True)
    chunks = [chunk async for chunk in stream]
    assert [chunk.choices[0].delta.content or "" for chunk in chunks] == [*WORDS, ""]
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_streams_are_framed_exactly(proxy: Proxy) -> None:
    """`data: ` lines with bare line feeds, one object each, one end marker, the right content type."""
    body = {"model": "banyan/echo", "messages": ASK, "stream": True}
    async with proxy.web.post("/v1/chat/completions", json=body) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["X-Request-Id"].startswith("req_")
        text = await response.read()
    *events, done, rest = text.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    assert text.count(b"[DONE]") == 1
    assert b"\r" not in text
    assert all(event.startswith(b"data: {") and b"\n" not in event for event in events)


async def test_without_a_model_the_default_answers(proxy: Proxy) -> None:
    """The settings' model stands in."""
    status, answer = await proxy.chat({"messages": ASK})
    assert (status, answer["model"]) == (200, "banyan/echo")
    assert answer["choices"][0]["message"]["content"] == "what do leaves make"


async def test_an_unknown_model_is_not_found(proxy: Proxy) -> None:
    """As OpenAI says it, and naming the choices."""
    with pytest.raises(openai.NotFoundError, match=r"banyan/echo, openai/NAME") as caught:
        await proxy.client.chat.completions.create(model="gpt-4o", messages=ASK)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        ("401", openai.InternalServerError, "invalid_api_key"),
        ("429", openai.RateLimitError, "rate_limited"),
        ("500", openai.InternalServerError, "upstream_failed"),
        ("html", openai.InternalServerError, "bad_answer"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstream_s_refusal_reaches_the_client(
    hurried_proxy: Proxy, behaviour: str, kind: type[openai.APIStatusError], code: str, stream: bool
) -> None:
    """Status and code are kept where the caller can act on them; no secret comes along."""
    hurried_proxy.upstream.behaviour = behaviour
    with pytest.raises(kind) as caught:
        await hurried_proxy.client.chat.completions.create(model="hurried", messages=ASK, stream=stream)
    assert caught.value.code == code
    assert KEY not in str(caught.value)
    assert caught.value.response.headers.get("retry-after") == ("7" if behaviour == "429" else None)


@pytest.mark.parametrize("behaviour", ["cut", "ends-early", "error-midway"])
async def test_a_cut_stream_ends_in_an_error_event(proxy: Proxy, behaviour: str) -> None:
    """What came, then the error, then the end marker; never a finish reason."""
    proxy.upstream.behaviour = behaviour
    body = {"model": "openai/m", "messages": ASK, "stream": True}
    async with proxy.web.post("/v1/chat/completions", json=body) as response:
        events = (await response.read()).decode().split("\n\n")
    assert len(events) == 4
    assert json.loads(events[1].removeprefix("data: "))["error"]["type"] == "server_error"
    assert events[2] == "data: [DONE]"
    assert '"stop"' not in "".join(events)


@pytest.mark.parametrize(("behaviour", "stream"), [("hang-midway", True), ("hang", True), ("hang", False)])
async def test_a_client_that_leaves_cancels_the_upstream_call(proxy: Proxy, behaviour: str, stream: bool) -> None:
    """Before the first byte or after it: the upstream sees its caller go."""
    proxy.upstream.behaviour = behaviour
    body = {"model": "openai/m", "messages": ASK, "stream": stream}
    asking = asyncio.create_task(proxy.web.post("/v1/chat/completions", json=body))
    async with asyncio.timeout(5):
        await proxy.upstream.waiting.wait()
        if behaviour == "hang-midway":
            (await asking).close()
        asking.cancel()
        await proxy.upstream.gone.wait()


async def test_a_course_grounds_the_answer(proxy: Proxy) -> None:
    """The passages go along as a system message; the answer carries the one citation that it uses."""
    await proxy.index("botany", "leaves", markdown=LEAVES, title="Leaves")
    body = {"model": "openai/m", "messages": ASK, "course": "botany", "lesson": "leaves", "chapter": "one"}
    status, answer = await proxy.chat(body)
    assert status == 200
    (citation,) = answer["citations"]
    _, lesson = await proxy.ask("GET", "/v1/rag/text", params={"course": "botany", "lesson": "leaves"})
    assert (citation["index"], citation["quote"]) == (1, "Leaves make sugar from light.")
    assert citation["quote"] == lesson["text"][citation["start"] : citation["end"]]
    sent = proxy.upstream.seen[0][1]
    assert set(sent) == {"model", "messages"}
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    passage = '<passage n="2" from="Leaves > Water">\nRoots drink water.\n</passage>'
    assert passage in sent["messages"][0]["content"]


async def test_a_grounded_stream_shows_all_candidates_first(proxy: Proxy) -> None:
    """The first chunk carries every citation that may come, the others none."""
    await proxy.index("botany", "leaves", markdown=LEAVES, wait=True)
    stream = await proxy.client.chat.completions.create(
        model="openai/m", messages=ASK, stream=True, extra_body={"course": "botany"}
    )
    citations = [(chunk.model_extra or {}).get("citations") for chunk in [chunk async for chunk in stream]]
    assert [citation["index"] for citation in citations[0]] == [1, 2]
    assert citations[1:] == [None, None, None]


async def test_an_unknown_course_is_not_found(proxy: Proxy) -> None:
    """Nobody is answered from nothing, and the message says how to index."""
    status, answer = await proxy.chat({"model": "openai/m", "messages": ASK, "course": "zoology"})
    assert (status, answer["error"]["code"]) == (404, "course_not_found")
    assert proxy.upstream.seen == []


REFUSED: list[object] = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe\x00",
    b'{"messages": ' + b"[" * 200_000,
    {"messages": []},
    {"messages": "hello"},
    {"messages": [{"role": "user", "content": {"no": "text"}}]},
    {"messages": ASK, "stream": "yes"},
    {"messages": ASK, "model": 7},
    {"messages": ASK, "course": "\x00"},
    {"messages": ASK, "lesson": "without course"},
    {"messages": ASK, "stream": True, "stream_options": "x"},
    b'{"messages": [{"role": "user", "content": "\xff"}]}',
]


async def test_unusable_requests_are_refused_in_one_shape(proxy: Proxy) -> None:
    """400, a sentence, a code, a request id; never a 500."""
    for body in REFUSED:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with proxy.web.post("/v1/chat/completions", data=data) as response:
            assert response.status == 400, data[:100]
            answer = await response.json()
        assert set(answer) == {"error", "message", "detail", "code", "request_id"}
        assert set(answer["error"]) == {"message", "type", "code", "param"}
        assert (answer["error"]["type"], answer["error"]["code"]) == ("invalid_request_error", "invalid_request")
        assert answer["request_id"] == response.headers["X-Request-Id"]


async def test_lone_surrogates_are_replaced(proxy: Proxy) -> None:
    """Broken text from a browser is answered, not refused."""
    status, answer = await proxy.chat(rb'{"messages": [{"role": "user", "content": "a\ud800b"}]}')
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "a\ufffdb")


async def test_a_question_of_a_hundred_thousand_characters_is_answered(proxy: Proxy) -> None:
    """Long is not wrong."""
    question = "why " * 25_000
    status, answer = await proxy.chat({"messages": [{"role": "user", "content": question}]})
    assert (status, answer["choices"][0]["message"]["content"]) == (200, question)


async def test_a_body_beyond_the_limit_is_refused(proxy: Proxy) -> None:
    """413, told from the stated length or while it comes."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 1024 * 1024

    async with proxy.web.post("/v1/chat/completions", data=endless()) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (413, "request_too_large")


async def test_two_hundred_calls_at_once_are_each_answered(proxy: Proxy) -> None:
    """Each caller gets the answer to its own question."""

    async def ask(number: int) -> bool:
        model = "openai/m" if number % 2 else "banyan/echo"
        messages = [{"role": "user", "content": f"question {number}"}]
        answer = await proxy.client.chat.completions.create(model=model, messages=messages)
        expected = "".join(WORDS) if number % 2 else f"question {number}"
        return answer.choices[0].message.content == expected

    assert all(await asyncio.gather(*(ask(number) for number in range(200))))


async def test_foreign_names_and_pages_are_refused(proxy: Proxy) -> None:
    """A name that DNS points here and a page of another site get nothing, not even health."""
    refused = [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
    for headers in refused:
        for method, path in (("POST", "/v1/chat/completions"), ("GET", "/health"), ("DELETE", "/v1/rag/index")):
            status, answer = await proxy.ask(method, path, headers=headers)
            assert (status, answer["error"]["code"]) == (403, "not_allowed")
    assert (await proxy.chat({"messages": ASK}, Origin=proxy.url))[0] == 200


async def test_other_methods_are_told_which_one_to_use(proxy: Proxy) -> None:
    """405 with Allow."""
    async with proxy.web.get("/v1/chat/completions") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert (await response.json())["error"]["code"] == "method_not_allowed"


async def test_health_is_exactly_this(proxy: Proxy) -> None:
    """Monitors of older systems compare it."""
    health = {"status": "healthy", "service": "ai-proxy", "version": "0.1.0"}
    assert await proxy.ask("GET", "/health") == (200, health)


async def test_readiness_names_what_is_missing(proxy: Proxy) -> None:
    """Degraded still serves; each dependency says how it is."""
    status, ready = await proxy.ask("GET", "/health/ready")
    assert (status, ready["status"]) == (200, "degraded")
    assert ready["dependencies"]["database"] == {"status": "ok", "reason": ""}
    assert "BM25 only" in ready["dependencies"]["embedder"]["reason"]


async def test_a_missing_dependency_makes_it_unready(tmp_path: Path) -> None:
    """503 where it cannot serve."""
    async with open_proxy(tmp_path, probes={"database": broken}) as proxy:
        status, ready = await proxy.ask("GET", "/health/ready")
    assert (status, ready["status"]) == (503, "unavailable")
    assert ready["dependencies"]["database"]["reason"].startswith("The database is locked")


async def test_models_are_listed_and_found(proxy: Proxy) -> None:
    """Under the names that chat completions take, slashes and all."""
    listed = [model async for model in proxy.client.models.list()]
    assert [model.id for model in listed] == ["banyan/echo", "banyan/tiny", "openai/gpt-a", "openai/gpt-b"]
    assert (await proxy.client.models.retrieve("openai/gpt-a")).owned_by == "openai"
    _, model = await proxy.ask("GET", "/v1/models/openai/gpt-a")
    can = ["chat", "streaming", "grounding", "tools", "json_schema", "vision", "embeddings"]
    assert model["capabilities"] == can
    assert (model["zone"], model["prices"], model["context_window"]) == ("external", None, None)
    _, model = await proxy.ask("GET", "/v1/models/banyan/tiny")
    assert (model["capabilities"], model["dimensions"]) == (["embeddings"], 32)
    with pytest.raises(openai.NotFoundError):
        await proxy.client.models.retrieve("nobody/knows")


async def test_metrics_count_by_route_status_and_tenant(proxy: Proxy) -> None:
    """Unknown paths share a label; learners do not see the figures."""
    await proxy.chat({"messages": ASK})
    async with proxy.web.get("/no/such/path") as response:
        assert response.status == 404
    async with proxy.web.get("/metrics") as response:
        text = await response.text()
    labels = 'route="/v1/chat/completions",service="ai-proxy",status="200",tenant="default"'
    assert f"banyan_http_requests_total{{{labels}}} 1.0" in text
    assert 'route="none",service="ai-proxy",status="404",tenant=""' in text
    async with proxy.web.get("/metrics", headers={"X-Banyan-User": "ann"}) as response:
        assert response.status == 403


async def test_the_description_needs_no_network(proxy: Proxy) -> None:
    """The page loads nothing from elsewhere; the document lists the endpoint that the framework cannot see."""
    async with proxy.web.get("/docs") as response:
        page = await response.text()
    assert "https://" not in page
    assert "openapi.json" in page
    async with proxy.web.get("/openapi.json") as response:
        document = await response.json()
    assert {"/health", "/v1/models", "/v1/chat/completions"} <= set(document["paths"])
    rules = {op["x-banyan-access"] for path in document["paths"].values() for op in path.values()}
    assert rules <= {"public", "anyone", "staff", "admin"}
