"""What Ollama and llama.cpp's server have of their own, beside the suite that all providers stand."""

import json
from collections.abc import AsyncIterator

import numpy as np
import pytest
from fake_ollama import FakeOllama
from fake_upstream import WORDS
from shelf import Shelf
from wires import WIRES, Remote, remote_at

from banyan.adapters.providers import PROVIDERS
from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.proxy.domain.deployments import LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ChatProvider, ProviderNeeds

PICTURE = "iVBORw0KGgo="


def call(*, model: str = "m", stream: bool = False, **fields: object) -> ChatCall:
    body = {"model": model, "messages": [{"role": "user", "content": "what is a leaf"}], "stream": stream, **fields}
    return ChatCall(json.dumps(body).encode(), model, stream)


@pytest.fixture
async def ollama() -> AsyncIterator[Remote]:
    async with remote_at(WIRES["ollama"]) as remote:
        yield remote


@pytest.fixture
async def llama_server() -> AsyncIterator[Remote]:
    async with remote_at(WIRES["llama_server"]) as remote:
        yield remote


async def asked(remote: Remote, **fields: object) -> dict:
    """The request that the upstream got."""
    await remote.provider.complete(call(**fields))
    return remote.upstream.seen[-1][1]


def test_local_providers_cost_nothing_and_keep_data_here() -> None:
    """Their zone is local and their models are free, whatever they are called."""
    assert {(PROVIDERS[name].zone, PROVIDERS[name].free) for name in ("ollama", "llama_server")} == {(LOCAL, True)}


async def test_options_of_openai_become_those_of_ollama(ollama: Remote) -> None:
    """Numbers stand in `options`, and a prompt that is too long is refused instead of cut."""
    body = await asked(ollama, temperature=0.2, top_p=0.9, seed=7, max_tokens=5, stop="END", options={"num_ctx": 512})
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "what is a leaf"}],
        "stream": False,
        "truncate": False,
        "shift": False,
        "options": {"temperature": 0.2, "top_p": 0.9, "seed": 7, "num_predict": 5, "stop": ["END"], "num_ctx": 512},
    }


async def test_a_conversation_with_tools_and_pictures_is_put_into_ollamas_words(ollama: Remote) -> None:
    """Arguments are objects there, an answer names its tool, and pictures stand beside the text in base64."""
    see = [
        {"type": "text", "text": "what is this"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
    ]
    function = {"name": "look", "arguments": '{"page": 3}'}
    messages = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": see},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "c1", "content": "a leaf"},
    ]
    assert (await asked(ollama, messages=messages))["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "what is this", "images": [PICTURE]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": {"page": 3}}}],
        },
        {"role": "tool", "content": "a leaf", "tool_name": "look", "tool_call_id": "c1"},
    ]


@pytest.mark.parametrize(
    ("wanted", "format"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "w", "schema": {"type": "object"}}}, {"type": "object"}),
    ],
)
async def test_a_response_format_becomes_ollamas(ollama: Remote, wanted: dict, format: object) -> None:
    """JSON mode and schemas each have their `format`."""
    assert (await asked(ollama, response_format=wanted)).get("format") == format


@pytest.mark.parametrize(("effort", "think"), [("high", "high"), ("none", False)])
async def test_reasoning_effort_decides_on_thinking(ollama: Remote, effort: str, think: object) -> None:
    """`none` turns it off."""
    assert (await asked(ollama, reasoning_effort=effort))["think"] == think


async def test_thinking_is_told_apart_from_the_answer(ollama: Remote) -> None:
    """It stands in `reasoning_content`, with and without a stream."""
    ollama.upstream.behaviour = "thinking"
    message = json.loads(await ollama.provider.complete(call()))["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("A leaf. Hm.", "".join(WORDS))
    chunks = [json.loads(item) async for item in ollama.provider.stream(call(stream=True))]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "A leaf. Hm."
    assert "".join(delta.get("content", "") for delta in deltas) == "".join(WORDS)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": [{"content": "x"}]}, "must have a `role`"),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]},
            "text and pictures",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y.png"}}]}
                ]
            },
            "pictures only as part of the request",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]},
            "no JSON object",
        ),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]}, "needs `function.name`"),
        ({"n": 2}, "`n` of 1"),
        ({"logit_bias": {"1": 5}}, "no `logit_bias`"),
        ({"tools": [{}], "tool_choice": "required"}, "cannot be made to call a tool"),
        ({"response_format": {"type": "grammar"}}, "`response_format` must be"),
        ({"options": 1}, "`options` must be an object"),
        ({"model": "gpt-oss:120b-cloud"}, "choose a local model"),
    ],
)
async def test_what_ollama_cannot_do_is_refused_before_it_is_asked(ollama: Remote, fields: dict, words: str) -> None:
    """Each refusal says what to send instead, and nothing leaves the house."""
    with pytest.raises(InvalidInput, match=words):
        await ollama.provider.complete(call(**fields))
    assert ollama.upstream.seen == []


async def test_a_model_that_is_not_pulled_names_the_step(ollama: Remote) -> None:
    """The command stands in the message."""
    ollama.upstream.behaviour = "404"
    with pytest.raises(UpstreamFailed, match="run `ollama pull m`"):
        await ollama.provider.complete(call())


async def test_an_older_ollamas_words_for_a_long_prompt_are_known(ollama: Remote) -> None:
    """The code is the same as with the newer."""
    ollama.upstream.behaviour = "too-long-older"
    with pytest.raises(UpstreamFailed) as caught:
        await ollama.provider.complete(call())
    assert (caught.value.code, caught.value.status) == ("context_length_exceeded", 400)


async def test_ollama_says_what_its_models_can_do(ollama: Remote) -> None:
    """After the list was read; before that nothing is ruled out. Models in the cloud are not local, and not listed."""
    assert ollama.provider.capabilities("llama3.2").vision
    assert await ollama.provider.models() == ["llama3.2:latest", "nomic-embed-text:latest"]
    assert ollama.provider.capabilities("llama3.2") == Capabilities(prefill=True, context_window=131072)
    assert ollama.provider.capabilities("nomic-embed-text:latest") == Capabilities(
        chat=False, stream=False, tools=False, json_schema=False, embeddings=True, context_window=2048
    )


async def test_settings_of_a_deployment_reach_ollama() -> None:
    """How long the model stays, how long its context is, and whether the cloud is allowed."""
    opened = WIRES["ollama"]
    wire = type(opened)(
        opened.entry,
        FakeOllama,
        lambda url: {},
        lambda url: {"base_url": url, "keep_alive": "-1", "num_ctx": "16384", "cloud": "yes"},
    )
    async with remote_at(wire) as remote:
        body = await asked(remote, model="gpt-oss:120b-cloud")
        assert (body["keep_alive"], body["options"]["num_ctx"]) == (-1, 16384)
        assert "gpt-oss:120b-cloud" in await remote.provider.models()
        assert remote.provider.capabilities("llama3.2").context_window == 16384
        assert (await asked(remote, keep_alive="10m"))["keep_alive"] == "10m"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("box", "http://box:11434"),
        ("https://box", "https://box"),
        ("http://box:1/ollama/", "http://box:1/ollama"),
        ("[::1]", "http://[::1]:11434"),
    ],
)
async def test_ollama_host_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    """Scheme and port may be left out, and an address to listen on is this machine."""
    provider = opened("ollama", {"OLLAMA_HOST": host})
    assert str(provider._upstream.base).rstrip("/") == url
    await provider.close()


def opened(name: str, environment: dict[str, str], settings: dict[str, str] | None = None) -> ChatProvider:
    provider = PROVIDERS[name].open(ProviderNeeds(environment, Shelf(), settings or {}))
    assert provider is not None
    return provider


@pytest.mark.parametrize(
    ("name", "environment", "settings", "words"),
    [
        ("ollama", {"OLLAMA_BASE_URL": "box:11434"}, {}, "OLLAMA_BASE_URL must start with"),
        ("ollama", {"OLLAMA_HOST": "box"}, {"num_ctx": "long"}, "no number of tokens"),
        ("llama_server", {"LLAMA_SERVER_URL": "box"}, {}, "LLAMA_SERVER_URL must start with"),
    ],
)
def test_wrong_settings_say_so(name: str, environment: dict, settings: dict, words: str) -> None:
    """At start, not at the first call; and without settings the provider is not there."""
    assert PROVIDERS[name].open(ProviderNeeds({}, Shelf())) is None
    with pytest.raises(InvalidInput, match=words):
        opened(name, environment, settings)


async def test_llama_server_that_is_loading_is_worth_waiting_for(llama_server: Remote) -> None:
    """It says when to come back, for chats and for the list of models."""
    llama_server.upstream.behaviour = "loading"
    for waiting in (llama_server.provider.complete(call()), llama_server.provider.models()):
        with pytest.raises(UpstreamFailed, match="still loading its model") as caught:
            await waiting
        assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("model_loading", 503, 2.0)


async def test_llama_server_says_what_its_model_can_do(llama_server: Remote) -> None:
    """The context is that of one slot, not the one that the model was trained with."""
    assert await llama_server.provider.models() == ["qwen2.5-7b-q4_k_m.gguf"]
    found = llama_server.provider.capabilities("qwen2.5-7b-q4_k_m.gguf")
    assert found == Capabilities(prefill=True, embeddings=True, context_window=4096)


async def test_timings_of_llama_server_come_through(llama_server: Remote) -> None:
    """What it says beside OpenAI's fields is not lost."""
    assert json.loads(await llama_server.provider.complete(call()))["timings"]["predicted_n"] == 7


async def test_an_answer_that_was_begun_goes_on_without_thinking(llama_server: Remote) -> None:
    """Thinking would come before the beginning; who sets it differently is left alone."""
    begun = [{"role": "user", "content": "a leaf?"}, {"role": "assistant", "content": "A leaf is"}]
    assert (await asked(llama_server, messages=begun))["chat_template_kwargs"] == {"enable_thinking": False}
    own = {"enable_thinking": True}
    assert (await asked(llama_server, messages=begun, chat_template_kwargs=own))["chat_template_kwargs"] == own
    assert "chat_template_kwargs" not in await asked(llama_server)


@pytest.mark.parametrize("name", ["ollama", "llama_server"])
async def test_local_servers_embed(name: str) -> None:
    """A unit vector for each text, in their order, and the tokens counted."""
    async with remote_at(WIRES[name]) as remote:
        needs = ProviderNeeds(WIRES[name].environment(remote.upstream.base_url), Shelf())
        embeddings = PROVIDERS[name].embeddings
        assert embeddings is not None
        find = embeddings(needs)
        assert find is not None
        embedder = find("nomic-embed-text")
        found = await embedder.embed(["a", "bbb", ""])
        assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
        assert (found.vectors[:, 0] / found.vectors[:, 1]).tolist() == pytest.approx([1, 3, 1])
        assert found.tokens == 3
        await embedder.close()
        assert embeddings(ProviderNeeds({}, Shelf())) is None


@pytest.mark.parametrize(
    ("behaviour", "texts", "error", "words"),
    [
        ("404", ["a"], UpstreamFailed, "ollama pull nomic"),
        ("too-long-older", ["a"], UpstreamFailed, "longer than the model's context"),
        ("too few", ["a"], UpstreamFailed, "not a list of embeddings"),
        ("well", [(1, 2)], InvalidInput, "not token ids"),
    ],
)
async def test_embeddings_of_ollama_fail_in_words(
    ollama: Remote, behaviour: str, texts: list, error: type[Exception], words: str
) -> None:
    """The same words as for chats."""
    ollama.upstream.behaviour = behaviour
    embeddings = PROVIDERS["ollama"].embeddings
    assert embeddings is not None
    find = embeddings(ProviderNeeds({"OLLAMA_BASE_URL": ollama.upstream.base_url}, Shelf()))
    assert find is not None
    embedder = find("nomic")
    with pytest.raises(error, match=words):
        await embedder.embed(texts)
    await embedder.close()
