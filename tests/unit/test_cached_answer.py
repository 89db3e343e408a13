"""A stream and a plain answer are the same answer in the cache."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.proxy.domain.cached_answer import Assembly, CachedAnswer, is_worth_keeping, pack, replay, unpack

HEAD = {"id": "chatcmpl-1", "created": 5, "model": "gpt-x", "system_fingerprint": "fp"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
CITED: list[dict[str, Any]] = [{"index": 1, "quote": "A leaf."}, {"index": 2, "quote": "A root."}]


def completion(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    shown = [{"index": index, "logprobs": None, **choice} for index, choice in enumerate(choices)]
    return {**HEAD, "object": "chat.completion", "choices": shown, "usage": USAGE, **more}


def said(content: str | None, finish_reason: str = "stop", **more: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": content, **more}, "finish_reason": finish_reason}


def event(delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [choice], **more}).encode()


def assembled(chunks: Sequence[bytes]) -> Any:
    assembly = Assembly()
    for chunk in chunks:
        assembly.take(chunk)
    whole = assembly.whole()
    return None if whole is None else json.loads(whole)


CALLS = [
    {"id": "call-1", "type": "function", "function": {"name": "look", "arguments": '{"at": "leaf"}'}},
    {"id": "call-2", "type": "function", "function": {"name": "look", "arguments": "{}"}},
]
whole_texts = st.text(min_size=1, max_size=400)


@given(st.lists(whole_texts, min_size=1, max_size=3))
def test_a_replayed_answer_makes_the_same_answer_again(texts: list[str]) -> None:
    """Plain to stream to plain: text, choices, usage and all the head."""
    body = completion(*(said(text) for text in texts))
    assert assembled(list(replay(json.dumps(body).encode(), usage=True))) == body


def test_calls_of_tools_and_refusals_survive_the_replay() -> None:
    """Each call with its id, name and arguments."""
    body = completion(said(None, "tool_calls", tool_calls=CALLS), said(None, refusal="No."))
    assert assembled(list(replay(json.dumps(body).encode(), usage=True))) == body


def test_a_replay_is_a_stream_as_providers_send_it() -> None:
    """The role first with the citations, text in pieces at blanks, one finish, usage last and only if wanted."""
    body = json.dumps(completion(said("A leaf makes sugar [1]. " * 20), citations=CITED)).encode()
    chunks = [json.loads(chunk) for chunk in replay(body, usage=True)]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [chunk.get("citations") for chunk in chunks] == [CITED, *[None] * (len(chunks) - 1)]
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[1:-2]]
    assert "".join(pieces) == "A leaf makes sugar [1]. " * 20
    assert all(piece.endswith(" ") and len(piece) <= 120 for piece in pieces)
    ends = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert ends == [*[None] * (len(ends) - 1), "stop"]
    assert (chunks[-1]["choices"], chunks[-1]["usage"]) == ([], USAGE)
    assert [json.loads(chunk) for chunk in replay(body, usage=False)] == chunks[:-1]


def test_a_stream_makes_a_plain_answer() -> None:
    """With those citations that the text uses, and the usage of the last chunk."""
    chunks = [
        event({"role": "assistant", "content": ""}, citations=CITED),
        event({"content": "Leaves "}),
        event({"content": "[2]."}),
        event({}, "stop"),
        json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}).encode(),
    ]
    assert assembled(chunks) == completion(said("Leaves [2]."), citations=CITED[1:])


def test_pieces_of_calls_are_joined() -> None:
    """By their index, as they come."""
    first = {"index": 0, "id": "call-1", "type": "function", "function": {"name": "look", "arguments": ""}}
    chunks = [
        event({"role": "assistant", "content": None, "tool_calls": [first]}),
        event({"tool_calls": [{"index": 0, "function": {"arguments": '{"at": '}}]}),
        event({"tool_calls": [{"index": 0, "function": {"arguments": '"leaf"}'}}]}),
        event({}, "tool_calls"),
    ]
    [choice] = assembled(chunks)["choices"]
    assert choice == {"index": 0, "logprobs": None, **said(None, "tool_calls", tool_calls=CALLS[:1])}


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [b"no json"],
        [event({"content": "a", "audio": {"id": "1"}}, "stop")],
        [json.dumps({"error": {"message": "broken"}}).encode()],
        [json.dumps({**HEAD, "choices": []}).encode()],
    ],
    ids=["nothing", "garbage", "audio", "error", "empty"],
)
def test_what_cannot_be_joined_makes_nothing(chunks: list[bytes]) -> None:
    """Rather no answer in the cache than half of one."""
    assert assembled(chunks) is None


@pytest.mark.parametrize(
    ("body", "tools", "kept"),
    [
        (completion(said("A leaf.")), False, True),
        (completion(said("A leaf."), said("", "stop")), False, False),
        (completion(said("A le", "length")), True, False),
        (completion(said("", "content_filter")), True, False),
        (completion(said("A leaf.", "error")), True, False),
        (completion(said(None, "tool_calls", tool_calls=CALLS)), True, True),
        (completion(said(None, "tool_calls", tool_calls=CALLS)), False, False),
        (completion(said("A leaf.", tool_calls=[])), False, True),
        (completion(said("", audio={"id": "1"})), True, False),
        (completion(), True, False),
        (completion(said("A leaf."), error={"message": "broken"}), True, False),
        ({"error": {"message": "broken"}}, True, False),
    ],
)
def test_only_whole_answers_are_kept(body: dict[str, Any], tools: bool, kept: bool) -> None:
    """Every choice said something and ended by itself; calls of tools only where nothing is left to chance."""
    assert is_worth_keeping(json.dumps(body).encode(), tools=tools) is kept


def test_a_value_of_another_key_is_no_value() -> None:
    """A store that mixes answers up gives none."""
    answer = CachedAnswer("mine", 1.0, "primary", "openai", "m", 3, 4, b"{}")
    assert unpack("mine", pack(answer)) == answer
    assert unpack("yours", pack(answer)) is None
    assert unpack("mine", b"rubbish") is None
