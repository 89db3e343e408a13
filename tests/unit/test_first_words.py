"""Which chunks of a stream can be kept back until something is said."""

import json

import pytest

from banyan.proxy.domain.first_words import says_nothing


def chunk(*choices: dict) -> bytes:
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": choices}).encode()


@pytest.mark.parametrize(
    "opening",
    [
        chunk({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}),
        chunk({"index": 0, "delta": {"role": "assistant", "content": None, "refusal": None, "tool_calls": []}}),
        chunk({"index": 0, "delta": {}}),
        chunk({"index": 0, "delta": None}, {"index": 1, "delta": {"role": "assistant"}}),
        chunk(),
        b'{"choices": null, "prompt_filter_results": []}',
    ],
)
def test_an_opening_says_nothing(opening: bytes) -> None:
    """A role, empty strings and lists, and what is said about the prompt."""
    assert says_nothing(opening)


@pytest.mark.parametrize(
    "word",
    [
        chunk({"index": 0, "delta": {"content": " "}}),
        chunk({"index": 0, "delta": {"content": ""}}, {"index": 1, "delta": {"content": "A"}}),
        chunk({"index": 0, "delta": {"reasoning_content": "Hm"}}),
        chunk({"index": 0, "delta": {"tool_calls": [{"index": 0}]}}),
        chunk({"index": 0, "delta": {"audio": {"id": "a"}}}),
        chunk({"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}),
        chunk({"index": 0, "delta": "odd"}),
        b'{"choices": 5}',
        b"[]",
    ],
)
def test_everything_else_is_not_kept_back(word: bytes) -> None:
    """Also what nobody here knows, and the reason for an end."""
    assert not says_nothing(word)
