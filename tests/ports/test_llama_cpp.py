"""A model in this very process: a tiny one, made by the test, run by llama.cpp itself."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from shelf import Shelf
from tiny_gguf import FOREVER, HAS_LLAMA, MIDDLE, SAYS, TEMPLATE, tiny_gguf

from banyan.adapters.providers.llama_cpp import ENTRY, LlamaCppProvider
from banyan.kernel.errors import DeadlineExceeded, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.domain.deployments import LOCAL, Capabilities, Patience
from banyan.proxy.ports.chat_provider import ChatCall, ProviderNeeds

needs_llama = pytest.mark.skipif(
    not HAS_LLAMA, reason="llama-cpp-python is missing; scripts/setup-test.sh installs it where there is a compiler"
)
WHOLE = " ".join(SAYS)
LONG = 8192
UNENDING = ({"role": "user", "content": "go on"}, {"role": "assistant", "content": FOREVER})


def call(
    *turns: dict, model: str = "tiny", stream: bool = False, patience: Patience | None = None, **more: object
) -> ChatCall:
    messages = turns or ({"role": "user", "content": "what does a leaf do?"},)
    body = {"model": model, "messages": messages, **more}
    return ChatCall(json.dumps(body).encode(), model, stream, patience=patience or Patience())


def opened(folder: Path, **settings: str) -> LlamaCppProvider:
    provider = ENTRY.open(ProviderNeeds({"LOCAL_MODELS_PATH": str(folder)}, Shelf(), settings))
    assert isinstance(provider, LlamaCppProvider)
    return provider


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[LlamaCppProvider]:
    tiny_gguf(tmp_path / "tiny.gguf")
    tiny_gguf(tmp_path / "more" / "long.gguf", context=LONG)
    running = opened(tmp_path, queue="1")
    yield running
    await running.close()


async def content_of(provider: LlamaCppProvider, asked: ChatCall) -> tuple[str, str]:
    """What was said, and why it ended."""
    choice = json.loads(await provider.complete(asked))["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def test_without_the_extra_the_step_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The provider is not there, and what it misses says how to install it; it is local and free."""
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    assert ENTRY.open(ProviderNeeds({"LOCAL_MODELS_PATH": str(tmp_path)}, Shelf())) is None
    assert "pip install 'banyan[llama]'" in ENTRY.missing
    assert (ENTRY.zone, ENTRY.free) == (LOCAL, True)


@needs_llama
@pytest.mark.parametrize(
    ("environment", "settings", "words"),
    [({"LOCAL_MODELS_PATH": "/nowhere"}, {}, "is no folder"), ({}, {"path": ".", "context": "long"}, "no number")],
)
def test_wrong_settings_say_so(environment: dict, settings: dict, words: str) -> None:
    """At start, not at the first call; without a folder the provider is not there."""
    assert ENTRY.open(ProviderNeeds({}, Shelf())) is None
    with pytest.raises(InvalidInput, match=words):
        ENTRY.open(ProviderNeeds(environment, Shelf(), settings))


@needs_llama
async def test_its_files_are_its_models(provider: LlamaCppProvider) -> None:
    """The context is that of the file, as far as the setting goes; tools are not to be had."""
    assert await provider.models() == ["more/long", "tiny"]
    assert provider.capabilities("tiny") == Capabilities(tools=False, prefill=True, context_window=512)
    assert provider.capabilities("more/long").context_window == LONG


@needs_llama
async def test_an_answer_counts_its_tokens(provider: LlamaCppProvider) -> None:
    """Each word of the answer is a token, and so is each character of the prompt, which is not read twice."""
    prompt = "user: what does a leaf do?\n>"
    answers = [json.loads(await provider.complete(call())) for _ in range(2)]
    assert [answer["choices"][0]["message"]["content"] for answer in answers] == [WHOLE, WHOLE]
    usage = answers[0]["usage"]
    expected = len(prompt) + 2  # <s> and the blank that opens every text
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (expected, len(SAYS))
    assert [answer["timings"]["cache_n"] for answer in answers] == [0, expected - 1]


@needs_llama
async def test_an_answer_ends_where_it_was_told_to(provider: LlamaCppProvider) -> None:
    """By its length or before a stop text, and it says which."""
    assert await content_of(provider, call(max_tokens=2)) == ("A leaf", "length")
    assert await content_of(provider, call(stop=["sugar", "x"])) == ("A leaf makes ", "stop")


@needs_llama
async def test_an_answer_that_was_begun_goes_on(provider: LlamaCppProvider) -> None:
    """The beginning is not repeated."""
    turns = ({"role": "user", "content": "go on"}, {"role": "assistant", "content": f"So{MIDDLE}"})
    assert await content_of(provider, call(*turns)) == (" makes sugar from light", "stop")


@needs_llama
async def test_an_answer_is_held_to_a_schema(provider: LlamaCppProvider) -> None:
    """By a grammar, so that even this model keeps to it; a schema that cannot be one is refused."""
    held = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": ["leaf"]}}}
    assert await content_of(provider, call(response_format=held)) == ('"leaf"', "stop")
    said, _ = await content_of(provider, call(response_format={"type": "json_object"}, max_tokens=4))
    assert said.startswith("{")
    wrong = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "#/nowhere"}}}
    with pytest.raises(InvalidInput, match="simplify it"):
        await provider.complete(call(response_format=wrong))


@needs_llama
async def test_a_seed_makes_an_answer_come_again(provider: LlamaCppProvider) -> None:
    """Beside the path this model says anything; with the same seed the same."""
    turns = ({"role": "user", "content": "x"}, {"role": "assistant", "content": "?"})
    said = [await content_of(provider, call(*turns, seed=5, max_tokens=8)) for _ in range(2)]
    assert said[0] == said[1]


@needs_llama
@pytest.mark.parametrize("stream", [False, True])
async def test_a_prompt_that_is_too_long_is_refused(provider: LlamaCppProvider, stream: bool) -> None:
    """By the count of its tokens, before the model reads it."""
    asked = call({"role": "user", "content": "x" * 600}, stream=stream)
    with pytest.raises(UpstreamFailed, match="has 610 tokens, and the model's context is 512") as caught:
        await (anext(aiter(provider.stream(asked))) if stream else provider.complete(asked))
    assert (caught.value.code, caught.value.status) == ("context_length_exceeded", 400)


@needs_llama
async def test_what_fills_the_context_ends_by_length(provider: LlamaCppProvider) -> None:
    """Nothing is pushed out of it."""
    answer = json.loads(await provider.complete(call(*UNENDING)))
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["total_tokens"] == 512


@needs_llama
@pytest.mark.parametrize("name", ["absent", "../tiny", "broken"])
async def test_a_model_that_is_not_there_says_so(provider: LlamaCppProvider, name: str, tmp_path: Path) -> None:
    """Nothing outside the folder is opened; a broken file is told apart from a missing one, and harms no other."""
    (tmp_path / "broken.gguf").write_bytes((tmp_path / "tiny.gguf").read_bytes()[:5000])
    with pytest.raises(UpstreamFailed) as caught:
        await provider.complete(call(model=name))
    assert caught.value.code == ("model_not_loadable" if name == "broken" else "model_not_found")
    assert await content_of(provider, call()) == (WHOLE, "stop")


@needs_llama
async def test_leaving_a_stream_stops_the_model(provider: LlamaCppProvider) -> None:
    """The next caller does not wait for an answer that nobody reads."""
    async with aclosing(provider.stream(call(*UNENDING, model="more/long", stream=True))) as stream:
        await anext(stream)
    async with asyncio.timeout(5):
        assert await content_of(provider, call()) == (WHOLE, "stop")


@needs_llama
async def test_cancelling_a_plain_call_stops_the_model(provider: LlamaCppProvider) -> None:
    """The same without a stream; other work goes on meanwhile."""
    task = asyncio.create_task(provider.complete(call(*UNENDING, model="more/long")))
    turns = 0
    while turns < 100:  # the loop turns while the model computes
        await asyncio.sleep(0)
        turns += 1
    assert not task.done()
    task.cancel()
    async with asyncio.timeout(5):
        assert await content_of(provider, call()) == (WHOLE, "stop")


@needs_llama
async def test_the_line_is_short_and_patient_only_as_far_as_it_was_asked_to_be(provider: LlamaCppProvider) -> None:
    """One is answered and one may wait; the next is sent away with the time to come back."""
    async with aclosing(provider.stream(call(*UNENDING, model="more/long", stream=True))) as stream:
        await anext(stream)
        waiting = asyncio.create_task(provider.complete(call(patience=Patience(first_byte=0.2))))
        await asyncio.sleep(0)
        with pytest.raises(RateLimited) as refused:
            await provider.complete(call())
        assert (refused.value.code, refused.value.retry_after) == ("queue_full", 5.0)
        with pytest.raises(DeadlineExceeded) as caught:
            await waiting
        assert caught.value.code == "first_byte_timeout"
    assert await content_of(provider, call()) == (WHOLE, "stop")


@needs_llama
async def test_one_model_is_in_memory_at_a_time(provider: LlamaCppProvider) -> None:
    """The next one takes its place, and both answer."""
    for name in ("tiny", "more/long", "tiny"):
        assert await content_of(provider, call(model=name)) == (WHOLE, "stop")
        assert [path.stem for path in provider._engine._models] == [name.rpartition("/")[2]]


@needs_llama
async def test_a_template_without_system_messages_gets_them_from_the_user(tmp_path: Path) -> None:
    """What the system says opens what the user says; an order of turns that it refuses is the caller's fault."""
    strict = "{% if messages[0].role != 'user' %}{{ raise_exception('users first') }}{% endif %}" + TEMPLATE
    tiny_gguf(tmp_path / "strict.gguf", template=strict)
    tiny_gguf(tmp_path / "bare.gguf", template=None)
    provider = opened(tmp_path)
    system, user = {"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}
    answer = json.loads(await provider.complete(call(system, user, model="strict")))
    assert answer["usage"]["prompt_tokens"] == len("user: be brief\n\nhello\n>") + 2
    with pytest.raises(InvalidInput, match="users first"):
        await provider.complete(call({"role": "tool", "content": "x"}, user, model="strict"))
    assert json.loads(await provider.complete(call(system, user, model="bare", max_tokens=1)))["choices"]
    await provider.close()
