"""One suite for everything that answers chat completions, and what only providers behind a wire have to stand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec

import pytest
from fake_openai import WORDS, Upstream, fake_openai
from shelf import Shelf

from banyan.adapters.providers import PROVIDERS
from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream as Address
from banyan.adapters.providers.openai import ENTRY, OpenAIProvider
from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider, ProviderNeeds

KEY = "sk-secret-123456"
IMPATIENT = Patience(connect=2, first_byte=0.2, idle=0.2, total=0.2)
PATIENT = Patience()


def call(*, stream: bool = False, messages: object = None, patience: Patience = PATIENT, **more: object) -> ChatCall:
    messages = [{"role": "user", "content": "what is a leaf"}] if messages is None else messages
    body = {"model": "m", "messages": messages, "stream": stream, **more}
    return ChatCall(json.dumps(body).encode(), "m", stream, patience=patience)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with fake_openai() as running:
        yield running


BUILT = [name for name in PROVIDERS if find_spec(f"banyan.adapters.providers.{name}")]


@pytest.fixture(params=BUILT)
async def provider(request: pytest.FixtureRequest, upstream: Upstream) -> AsyncIterator[ChatProvider]:
    needs = ProviderNeeds({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": upstream.base_url}, Shelf())
    opened = PROVIDERS[request.param].open(needs)
    assert opened is not None
    yield opened
    await opened.close()


@pytest.fixture
async def remote(upstream: Upstream) -> AsyncIterator[ChatProvider]:
    opened = OpenAIProvider(Address(upstream.base_url, Secret(KEY)))
    yield opened
    await opened.close()


async def streamed(provider: ChatProvider, **more: object) -> list[dict]:
    return [json.loads(item) async for item in provider.stream(call(stream=True, **more))]


def text_of(chunks: list[dict]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


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
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert not any(b"\n" in item for item in [item async for item in provider.stream(call(stream=True))])


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


@pytest.mark.parametrize("name", [name for name in BUILT if "/" in PROVIDERS[name].name])
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


async def test_the_body_arrives_as_it_was_sent(remote: ChatProvider, upstream: Upstream) -> None:
    """Fields that we do not know go through, and the key goes along."""
    answer = json.loads(await remote.complete(call(logit_bias={"5": 1.0}, unknown=[1])))
    headers, body = upstream.seen[0]
    assert body == {**json.loads(call().body), "logit_bias": {"5": 1.0}, "unknown": [1]}
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert answer["service_tier"] == "odd"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("behaviour", "kind", "status", "retry_after"),
    [
        ("401", UpstreamFailed, 401, None),
        ("429", RateLimited, None, 7),
        ("500", UpstreamFailed, 500, None),
        ("redirect", UpstreamFailed, None, None),
        ("html", UpstreamFailed, None, None),
        ("hang", DeadlineExceeded, None, None),
    ],
)
async def test_refusals_are_translated_once(
    remote: ChatProvider,
    upstream: Upstream,
    behaviour: str,
    kind: type[BanyanError],
    status: int | None,
    retry_after: float | None,
    stream: bool,
) -> None:
    """Status and words of the upstream are kept, its secrets are not."""
    upstream.behaviour = behaviour
    with pytest.raises(kind) as caught:
        await (streamed(remote, patience=IMPATIENT) if stream else remote.complete(call(patience=IMPATIENT)))
    assert type(caught.value) is kind
    assert (getattr(caught.value, "status", None), caught.value.retry_after) == (status, retry_after)
    assert KEY not in caught.value.message


@pytest.mark.parametrize("behaviour", ["cut", "ends-early", "error-midway", "hang-midway"])
async def test_a_stream_that_does_not_finish_is_a_failure(
    remote: ChatProvider, upstream: Upstream, behaviour: str
) -> None:
    """What came is passed on; then the break is raised, and nothing says `stop`."""
    upstream.behaviour = behaviour
    got: list[dict] = []

    async def collect() -> None:
        async for item in remote.stream(call(stream=True, patience=IMPATIENT)):
            got.append(json.loads(item))

    with pytest.raises((UpstreamFailed, DeadlineExceeded)) as caught:
        await collect()
    assert text_of(got) == WORDS[0]
    assert all(choice["finish_reason"] is None for chunk in got for choice in chunk["choices"])
    assert KEY not in caught.value.message


@pytest.mark.parametrize("behaviour", ["no-done", "noise"])
async def test_a_finished_stream_is_whole_whatever_stands_around_it(
    remote: ChatProvider, upstream: Upstream, behaviour: str
) -> None:
    """A missing end marker, comments and broken events do not harm an answer that finished."""
    upstream.behaviour = behaviour
    assert text_of(await streamed(remote)) == "".join(WORDS)


async def test_leaving_a_stream_cancels_the_upstream_call(remote: ChatProvider, upstream: Upstream) -> None:
    """The upstream sees its caller go at once."""
    upstream.behaviour = "hang-midway"
    async with aclosing(remote.stream(call(stream=True))) as stream:
        await anext(stream)
    async with asyncio.timeout(5):
        await upstream.gone.wait()


async def test_cancelling_a_plain_call_cancels_the_upstream_call(remote: ChatProvider, upstream: Upstream) -> None:
    """The same without a stream."""
    upstream.behaviour = "hang"
    task = asyncio.create_task(remote.complete(call()))
    async with asyncio.timeout(5):
        await upstream.waiting.wait()
        task.cancel()
        await upstream.gone.wait()


async def test_nobody_at_the_address_is_told_as_that() -> None:
    """A wrong base URL says what to check."""
    provider = OpenAIProvider(Address("http://127.0.0.1:1/v1", Secret(KEY)))
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        await provider.complete(call())
    await provider.close()


def test_openai_needs_a_key_or_an_address() -> None:
    """Without either it is not there; with an address that is none it says so."""
    assert ENTRY.open(ProviderNeeds({}, Shelf())) is None
    assert KEY not in repr(vars(ENTRY.open(ProviderNeeds({"OPENAI_API_KEY": KEY}, Shelf()))))
    with pytest.raises(InvalidInput, match="OPENAI_BASE_URL"):
        ENTRY.open(ProviderNeeds({"OPENAI_BASE_URL": "localhost:8080"}, Shelf()))
