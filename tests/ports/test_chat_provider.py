"""One suite for everything that answers chat completions, and what only providers behind a wire have to stand.

`wires.py` says how each provider is opened, and the fakes beside it say each behaviour in their own wire. Whatever
the wire, the same thing that goes wrong has the same kind and the same code.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from fake_upstream import WORDS
from msgspec import structs
from shelf import Shelf
from tiny_gguf import HAS_LLAMA, tiny_gguf
from wires import BUILT_IN, IN_PROCESS, KEY, ROWS, WIRES, Remote, Wire, open_at, remote_at

from banyan.adapters.providers import PROVIDERS
from banyan.adapters.providers._dialects import upstream
from banyan.adapters.providers.openai import ENTRY
from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider, ProviderNeeds

IMPATIENT = Patience(connect=2, first_byte=0.2, idle=0.2, total=0.2)
PATIENT = Patience()
LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}


def call(*, stream: bool = False, messages: object = None, patience: Patience = PATIENT, **more: object) -> ChatCall:
    messages = [{"role": "user", "content": "what is a leaf"}] if messages is None else messages
    body = {"model": "m", "messages": messages, "stream": stream, **more}
    return ChatCall(json.dumps(body).encode(), "m", stream, patience=patience)


@pytest.fixture(params=[*BUILT_IN, *IN_PROCESS, *WIRES])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ChatProvider]:
    if request.param in WIRES:
        async with remote_at(WIRES[request.param]) as remote:
            yield remote.provider
    else:
        settings = {}
        if request.param in IN_PROCESS:
            if not HAS_LLAMA:
                pytest.skip("llama-cpp-python is missing; scripts/setup-test.sh installs it where there is a compiler")
            settings = {"path": str(tiny_gguf(tmp_path / "m.gguf").parent), "queue": "256"}
        opened = PROVIDERS[request.param].open(ProviderNeeds({}, Shelf(), settings))
        assert opened is not None
        yield opened
        await opened.close()


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    return WIRES[request.param]


@pytest.fixture
async def remote(wire: Wire) -> AsyncIterator[Remote]:
    async with remote_at(wire) as opened:
        yield opened


def show(remote: Remote, wire: Wire, behaviour: str) -> None:
    """Makes the upstream behave so, where its wire can."""
    if behaviour in wire.cannot:
        pytest.skip(f"{wire.entry} has no way to show {behaviour}")
    remote.upstream.behaviour = behaviour


async def streamed(provider: ChatProvider, **more: object) -> list[dict]:
    return [json.loads(item) async for item in provider.stream(call(stream=True, **more))]


def text_of(chunks: list[dict]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


def reasons_of(chunks: list[dict]) -> list[str]:
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    return [reason for reason in reasons if reason]


def test_every_provider_stands_in_the_table() -> None:
    """Nobody joins the catalogue without going through this suite."""
    assert {*BUILT_IN, *IN_PROCESS, *(wire.entry for wire in WIRES.values())} - set(ROWS) == set(PROVIDERS)


async def test_a_plain_answer_is_a_chat_completion(provider: ChatProvider) -> None:
    """The shape that every client of OpenAI reads."""
    answer = json.loads(await provider.complete(call()))
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["choices"][0]["message"]["content"]
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]


async def test_a_stream_says_what_the_plain_answer_says(provider: ChatProvider) -> None:
    """The pieces together are the answer, and exactly one chunk finishes it."""
    plain = json.loads(await provider.complete(call()))["choices"][0]["message"]["content"]
    chunks = await streamed(provider)
    assert text_of(chunks) == plain
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert reasons_of(chunks) == ["stop"]
    assert not any(b"\n" in item for item in [item async for item in provider.stream(call(stream=True))])


async def test_a_stream_tells_its_usage_when_asked(provider: ChatProvider) -> None:
    """The last chunk has no choices and the figures of the plain answer; unasked, no such chunk comes."""
    usage = json.loads(await provider.complete(call()))["usage"]
    chunks = await streamed(provider, stream_options={"include_usage": True})
    assert (chunks[-1]["choices"], chunks[-1]["usage"]) == ([], usage)
    assert [chunk for chunk in await streamed(provider) if chunk.get("usage") and not chunk["choices"]] == []


async def test_a_stream_may_be_left_in_the_middle(provider: ChatProvider) -> None:
    """Closing the iterator early leaves the provider fit for the next call."""
    async with aclosing(provider.stream(call(stream=True))) as stream:
        await anext(stream)
    assert text_of(await streamed(provider))


async def test_many_calls_at_once_are_each_answered(provider: ChatProvider) -> None:
    """Two hundred callers do not get in each other's way."""
    answers = await asyncio.gather(*(provider.complete(call()) for _ in range(200)))
    assert all(json.loads(answer)["choices"] for answer in answers)


async def test_its_models_are_listed_in_order(provider: ChatProvider) -> None:
    """Names are sorted and unique."""
    names = await provider.models()
    assert names == sorted(set(names))


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize(
    "messages",
    [[], "hello", [{"content": "no role"}], [{"role": "king", "content": "x"}], [{"role": "user", "content": 1}]],
)
async def test_built_in_providers_refuse_what_is_no_conversation(name: str, messages: object) -> None:
    """They read the messages themselves, so they check them themselves."""
    opened = PROVIDERS[name].open(ProviderNeeds({}, Shelf()))
    assert opened is not None
    with pytest.raises(InvalidInput):
        await opened.complete(call(messages=messages))


async def test_echo_joins_text_parts_and_counts_words() -> None:
    """The last user message comes back; a word is a token."""
    echo = PROVIDERS["echo"].open(ProviderNeeds({}, Shelf()))
    parts = [
        {"type": "text", "text": "two words"},
        {"type": "image_url", "image_url": {}},
        {"type": "text", "text": "x"},
    ]
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": parts}]
    answer = json.loads(await echo.complete(call(messages=messages)))
    assert answer["choices"][0]["message"]["content"] == "two words\nx"
    assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    assert (await streamed(echo, stream_options={"include_usage": True}))[-1]["usage"]["total_tokens"] == 8


# Behind a wire.


async def test_the_key_goes_to_its_provider_only(remote: Remote) -> None:
    """It travels in a header of the request, and stands in nothing that can be printed."""
    await remote.provider.complete(call())
    headers, body = remote.upstream.seen[0]
    assert KEY in " ".join(headers.values()) or not remote.wire.keyed
    assert KEY not in json.dumps(body)
    assert KEY not in repr(vars(remote.provider))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("behaviour", "kind", "code", "status", "retry_after"),
    [
        ("400", UpstreamFailed, "invalid_request", 400, None),
        ("401", UpstreamFailed, "invalid_api_key", 401, None),
        ("404", UpstreamFailed, "model_not_found", 404, None),
        ("429", RateLimited, "rate_limited", None, 7),
        ("429-bare", RateLimited, "rate_limited", None, None),
        ("quota", RateLimited, "insufficient_quota", None, None),
        ("500", UpstreamFailed, "upstream_failed", 500, None),
        ("503", UpstreamFailed, "upstream_failed", 503, 3),
        ("too-long", UpstreamFailed, "context_length_exceeded", 400, None),
        ("filtered", UpstreamFailed, "content_filter", 400, None),
        ("in-band", UpstreamFailed, "upstream_failed", None, None),
        ("redirect", UpstreamFailed, "bad_answer", None, None),
        ("html", UpstreamFailed, "bad_answer", None, None),
        ("hang", DeadlineExceeded, "first_byte_timeout", None, None),
    ],
)
async def test_refusals_are_translated_once(
    remote: Remote,
    wire: Wire,
    behaviour: str,
    kind: type[BanyanError],
    code: str,
    status: int | None,
    retry_after: float | None,
    stream: bool,
) -> None:
    """Each has one kind and one code, whoever says it; the words of the upstream are kept, its secrets are not."""
    show(remote, wire, behaviour)
    asked = call(stream=stream, patience=IMPATIENT)
    with pytest.raises(kind) as caught:
        await (collected(remote.provider, asked) if stream else remote.provider.complete(asked))
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.retry_after) == (code, retry_after)
    assert getattr(caught.value, "status", None) == wire.statuses.get(behaviour, status)
    assert KEY not in caught.value.message
    assert len(remote.upstream.seen) == 1


async def collected(provider: ChatProvider, asked: ChatCall) -> list[bytes]:
    return [item async for item in provider.stream(asked)]


async def test_an_answer_without_a_choice_is_none(remote: Remote, wire: Wire) -> None:
    """Nothing at all is not an answer."""
    show(remote, wire, "empty")
    with pytest.raises(UpstreamFailed) as caught:
        await remote.provider.complete(call())
    assert caught.value.code == "bad_answer"


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("cut", "stream_cut"),
        ("ends-early", "stream_cut"),
        ("error-midway", "upstream_failed"),
        ("hang-midway", "stream_stalled"),
    ],
)
async def test_a_stream_that_does_not_finish_is_a_failure(
    remote: Remote, wire: Wire, behaviour: str, code: str
) -> None:
    """What came is passed on; then the break is raised, and nothing says `stop`."""
    show(remote, wire, behaviour)
    got: list[dict] = []

    async def collect() -> None:
        async for item in remote.provider.stream(call(stream=True, patience=IMPATIENT)):
            got.append(json.loads(item))

    with pytest.raises((UpstreamFailed, DeadlineExceeded)) as caught:
        await collect()
    assert caught.value.code == code
    assert text_of(got) == WORDS[0]
    assert reasons_of(got) == []
    assert KEY not in caught.value.message


@pytest.mark.parametrize("behaviour", ["no-done", "noise", "crlf", "gzip", "twice"])
async def test_a_finished_stream_is_whole_whatever_stands_around_it(remote: Remote, wire: Wire, behaviour: str) -> None:
    """A missing end mark, comments, broken and repeated events, other line ends and packing do not harm an answer."""
    show(remote, wire, behaviour)
    chunks = await streamed(remote.provider)
    assert (text_of(chunks), reasons_of(chunks)) == ("".join(WORDS), ["stop"])


async def test_a_packed_answer_is_unpacked(remote: Remote, wire: Wire) -> None:
    """Some upstreams pack even where nobody asked them to."""
    show(remote, wire, "gzip")
    answer = json.loads(await remote.provider.complete(call()))
    assert answer["choices"][0]["message"]["content"] == "".join(WORDS)


@pytest.mark.parametrize(("behaviour", "reason"), [("filtered-midway", "content_filter"), ("full", "length")])
async def test_an_answer_says_why_it_ends(remote: Remote, wire: Wire, behaviour: str, reason: str) -> None:
    """A filter and a full answer are told by OpenAI's names, with and without a stream."""
    show(remote, wire, behaviour)
    assert json.loads(await remote.provider.complete(call()))["choices"][0]["finish_reason"] == reason
    assert reasons_of(await streamed(remote.provider)) == [reason]


async def test_a_tool_call_has_openais_shape(remote: Remote, wire: Wire) -> None:
    """Name and arguments arrive whole, also in pieces."""
    show(remote, wire, "tool-call")
    choice = json.loads(await remote.provider.complete(call(tools=[LOOK])))["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (asked,) = choice["message"]["tool_calls"]
    assert (asked["type"], asked["function"]["name"]) == ("function", "look")
    assert json.loads(asked["function"]["arguments"]) == {"page": 3}
    chunks = await streamed(remote.provider, tools=[LOOK])
    parts = [part for chunk in chunks for choice in chunk["choices"] for part in choice["delta"].get("tool_calls", [])]
    assert {part["index"] for part in parts} == {0}
    assert [part["function"]["name"] for part in parts if part["function"].get("name")] == ["look"]
    assert json.loads("".join(part["function"].get("arguments") or "" for part in parts)) == {"page": 3}
    assert len([part for part in parts if part.get("id")]) == 1
    assert reasons_of(chunks) == ["tool_calls"]


async def test_an_answer_can_be_held_to_a_schema(remote: Remote, wire: Wire) -> None:
    """The content is the JSON itself, and it ends with `stop`."""
    show(remote, wire, "json")
    held = {"type": "json_schema", "json_schema": {"name": "word", "schema": SCHEMA, "strict": True}}
    choice = json.loads(await remote.provider.complete(call(response_format=held)))["choices"][0]
    assert (json.loads(choice["message"]["content"]), choice["finish_reason"]) == ({"word": "leaf"}, "stop")
    chunks = await streamed(remote.provider, response_format=held)
    assert (json.loads(text_of(chunks)), reasons_of(chunks)) == ({"word": "leaf"}, ["stop"])


async def test_cached_tokens_are_told(remote: Remote, wire: Wire) -> None:
    """They are a part of the prompt's tokens."""
    show(remote, wire, "cached")
    usage = json.loads(await remote.provider.complete(call()))["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 4
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (10, 7, 17)


async def test_leaving_a_stream_cancels_the_upstream_call(remote: Remote, wire: Wire) -> None:
    """The upstream sees its caller go at once."""
    show(remote, wire, "hang-midway")
    async with aclosing(remote.provider.stream(call(stream=True))) as stream:
        await anext(stream)
    async with asyncio.timeout(5):
        await remote.upstream.gone.wait()


@pytest.mark.parametrize(("midway", "code"), [(False, "first_byte_timeout"), (True, "stream_stalled")])
async def test_signs_of_life_are_no_answer(remote: Remote, wire: Wire, midway: bool, code: str) -> None:
    """Comments, pings and blank lines neither are a first word nor keep a stream open for good."""
    show(remote, wire, "pings-midway" if midway else "pings")
    patience = Patience(connect=2, first_byte=0.1, idle=0.05, total=60)
    asked = structs.replace(call(stream=True, patience=patience), last=False)
    got: list[bytes] = []

    async def collect() -> None:
        async for item in remote.provider.stream(asked):
            got.append(item)

    async with asyncio.timeout(5):
        with pytest.raises(DeadlineExceeded) as caught:
            await collect()
    assert caught.value.code == code
    assert text_of([json.loads(item) for item in got]) == (WORDS[0] if midway else "")


@pytest.mark.parametrize("behaviour", ["hang-at-end", "pings-at-end"])
async def test_behind_the_reason_for_the_end_little_is_waited_for(
    remote: Remote, wire: Wire, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is whole, whatever the upstream still means to say; the idle time is for those that are not."""
    monkeypatch.setattr(upstream, "GRACE_SECONDS", 0.1)
    show(remote, wire, behaviour)
    async with asyncio.timeout(3):
        chunks = await streamed(remote.provider)
    assert (text_of(chunks), reasons_of(chunks)) == ("".join(WORDS), ["stop"])


async def test_cancelling_a_plain_call_cancels_the_upstream_call(remote: Remote, wire: Wire) -> None:
    """The same without a stream."""
    show(remote, wire, "hang")
    task = asyncio.create_task(remote.provider.complete(call()))
    async with asyncio.timeout(5):
        await remote.upstream.waiting.wait()
        task.cancel()
        await remote.upstream.gone.wait()


async def test_nobody_at_the_address_is_told_as_that(wire: Wire) -> None:
    """A wrong base URL says what to check."""
    provider = open_at(wire, "http://127.0.0.1:1/v1")
    with pytest.raises(UpstreamFailed, match="cannot be reached") as caught:
        await provider.complete(call())
    assert caught.value.code == "upstream_unreachable"
    await provider.close()


# OpenAI's own.


async def test_the_body_arrives_as_it_was_sent() -> None:
    """Fields that we do not know go through to OpenAI and come back from it."""
    async with remote_at(WIRES["openai"]) as remote:
        answer = json.loads(await remote.provider.complete(call(logit_bias={"5": 1.0}, unknown=[1])))
        headers, body = remote.upstream.seen[0]
    assert body == {**json.loads(call().body), "logit_bias": {"5": 1.0}, "unknown": [1]}
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert answer["service_tier"] == "odd"


def test_openai_needs_a_key_or_an_address() -> None:
    """Without either it is not there; with an address that is none it says so."""
    assert ENTRY.open(ProviderNeeds({}, Shelf())) is None
    with pytest.raises(InvalidInput, match="OPENAI_BASE_URL"):
        ENTRY.open(ProviderNeeds({"OPENAI_BASE_URL": "localhost:8080"}, Shelf()))


# Anthropic's own.


async def test_anthropic_is_asked_in_its_own_way() -> None:
    """Key and version go in its headers."""
    async with remote_at(WIRES["anthropic"]) as remote:
        await remote.provider.complete(call())
        headers, body = remote.upstream.seen[0]
        assert await remote.provider.models() == ["claude-a", "claude-b"]
    assert (headers["x-api-key"], headers["anthropic-version"]) == (KEY, "2023-06-01")
    assert "Authorization" not in headers
    assert body["max_tokens"] > 0


async def test_thoughts_of_anthropic_stand_beside_the_answer() -> None:
    """They are `reasoning_content`, and no part of what the answer says."""
    async with remote_at(WIRES["anthropic"]) as remote:
        remote.upstream.behaviour = "thinks"
        message = json.loads(await remote.provider.complete(call()))["choices"][0]["message"]
        chunks = await streamed(remote.provider)
    thoughts = "".join(choice["delta"].get("reasoning_content", "") for chunk in chunks for choice in chunk["choices"])
    assert (message["content"], text_of(chunks)) == ("".join(WORDS), "".join(WORDS))
    assert message["reasoning_content"] == thoughts == "Green, so a leaf."


@pytest.mark.parametrize("model", ["claude-3-7-sonnet-20250219", "claude-opus-5"])
async def test_anthropic_answers_in_json_by_either_way(model: str) -> None:
    """Older models call a tool for it, newer ones have structured outputs; the answer looks the same."""
    schema = {"type": "json_schema", "json_schema": {"name": "word", "schema": SCHEMA}}
    body = json.dumps({"messages": [{"role": "user", "content": "x"}], "response_format": schema}).encode()
    async with remote_at(WIRES["anthropic"]) as remote:
        choice = json.loads(await remote.provider.complete(ChatCall(body, model)))["choices"][0]
        body = body[:-1] + b', "stream": true}'
        chunks = [json.loads(item) async for item in remote.provider.stream(ChatCall(body, model, True))]
    assert (json.loads(choice["message"]["content"]), choice["finish_reason"]) == ({"word": "leaf"}, "stop")
    assert (json.loads(text_of(chunks)), reasons_of(chunks)) == ({"word": "leaf"}, ["stop"])
    assert "tool_calls" not in choice["message"]


# Azure's own.


async def test_azure_is_asked_by_key_or_by_token() -> None:
    """A key goes in its own header, a token as a bearer; never both."""
    for name, header, value in (("azure", "api-key", KEY), ("azure-classic", "Authorization", f"Bearer {KEY}")):
        async with remote_at(WIRES[name]) as remote:
            await remote.provider.complete(call())
            headers, _ = remote.upstream.seen[0]
        assert headers[header] == value
        assert {"api-key", "Authorization"} & headers.keys() == {header}


async def test_what_azures_filter_says_goes_through() -> None:
    """The first chunk has no choice, only what the filter thinks of the prompt; answers carry its annotations."""
    async with remote_at(WIRES["azure"]) as remote:
        answer = json.loads(await remote.provider.complete(call()))
        chunks = await streamed(remote.provider)
    assert answer["choices"][0]["content_filter_results"]["hate"]["filtered"] is False
    assert (chunks[0]["choices"], chunks[0]["prompt_filter_results"][0]["prompt_index"]) == ([], 0)


@pytest.mark.parametrize("name", ["azure", "azure-classic"])
async def test_azure_makes_vectors(name: str) -> None:
    """Either API, at the same address as its chat."""
    wire = WIRES[name]
    async with remote_at(wire) as remote:
        url = remote.upstream.base_url
        needs = ProviderNeeds(wire.environment(url), Shelf(), wire.settings(url))
        embeddings = PROVIDERS["azure"].embeddings
        assert embeddings is not None
        model = embeddings(needs)
        assert model is not None
        embedder = model("vectors")
        assert (await embedder.embed(["a", "bcd"])).vectors.shape == (2, 2)
        await embedder.close()


def test_azure_needs_an_endpoint_and_a_key() -> None:
    """One alone opens nothing."""
    for environment in ({"AZURE_OPENAI_API_KEY": KEY}, {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"}):
        assert PROVIDERS["azure"].open(ProviderNeeds(environment, Shelf())) is None


# Rows of data.


async def test_a_row_bends_a_request_to_its_quirks() -> None:
    """What Mistral refuses is dropped or renamed; what it knows goes through untouched."""
    async with remote_at(WIRES["mistral"]) as remote:
        await remote.provider.complete(call(user="u", seed=5, max_completion_tokens=9, safe_prompt=True))
        body = remote.upstream.seen[0][1]
    assert (body["random_seed"], body["max_tokens"], body["safe_prompt"]) == (5, 9, True)


async def test_reasoning_models_are_asked_by_their_own_limit() -> None:
    """`max_tokens` is renamed for them, and for nobody else."""
    async with remote_at(WIRES["openai"]) as remote:
        for model in ("o3-mini", "gpt-5.5", "gpt-4o"):
            body = json.dumps({"model": model, "messages": [], "max_tokens": 7}).encode()
            await remote.provider.complete(ChatCall(body, model))
        seen = [set(body) & {"max_tokens", "max_completion_tokens"} for _, body in remote.upstream.seen]
    assert seen == [{"max_completion_tokens"}, {"max_completion_tokens"}, {"max_tokens"}]


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_is_there_as_soon_as_its_variable_is_set(name: str) -> None:
    """Its key, or on one's own machine its address; without it the next step is named."""
    entry = ROWS[name]
    key, address = entry.environment
    variable = address if f"Set {address} " in entry.missing else key
    assert variable in entry.missing
    assert entry.open(ProviderNeeds({}, Shelf())) is None
    assert entry.open(ProviderNeeds({variable: "http://127.0.0.1:1/v1"}, Shelf())) is not None


def test_a_key_may_be_named_by_its_variable() -> None:
    """`env:NAME` stands for the variable, and one that is not set is an error."""
    settings = {"base_url": "http://127.0.0.1:1/v1", "api_key": "env:MY_KEY"}
    assert ROWS["vllm"].open(ProviderNeeds({"MY_KEY": KEY}, Shelf(), settings)) is not None
    with pytest.raises(InvalidInput, match="MY_KEY"):
        ROWS["vllm"].open(ProviderNeeds({}, Shelf(), settings))
