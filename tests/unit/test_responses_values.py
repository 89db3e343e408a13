"""Responses and chat completions as one another, where the wire of a real provider is odd."""

from typing import Any

import msgspec
import pytest

from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.proxy.domain.responses_input import messages_of, read_items
from banyan.proxy.domain.responses_output import annotations, answer_of, begun, ended
from banyan.proxy.domain.responses_request import read_order
from banyan.proxy.domain.responses_stream import ResponseEvents
from banyan.proxy.domain.responses_tools import chat_tools, response_tools

BEGUN = begun("resp_1", 1, "m", {}, store=True)


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    """A chunk of a stream."""
    return msgspec.json.encode({"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def streamed(*chunks: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All events of a stream but the last, and the response."""
    events = ResponseEvents(BEGUN)
    found = list(events.start(chunks[0]))
    for one in chunks[1:]:
        found += events.feed(one)
    found += events.close()
    return found, ended(BEGUN, events.answer, 2)


def test_calls_join_the_message_before_them() -> None:
    """Models want one message of the assistant, then the outputs of all its calls."""
    items = read_items(
        [
            {"role": "assistant", "content": "Look."},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
            {"type": "function_call_output", "call_id": "b", "output": "2"},
        ]
    )
    roles = [(message["role"], len(message.get("tool_calls", ()))) for message in messages_of(items)]
    assert roles == [("assistant", 2), ("tool", 0), ("tool", 0)]


def test_items_keep_their_ids_and_get_one_where_they_have_none() -> None:
    """Each can be named and listed."""
    given, made = read_items([{"id": "msg_mine", "role": "user", "content": "a"}, {"role": "user", "content": "b"}])
    assert given["id"] == "msg_mine"
    assert made["id"].startswith("msg_")


def test_only_reasoning_is_no_conversation() -> None:
    """What no model can answer is refused."""
    with pytest.raises(InvalidInput):
        messages_of(read_items([{"type": "reasoning", "id": "rs_1", "summary": []}]))


def test_allowed_tools_are_the_only_ones_offered() -> None:
    """The choice holds for models that know nothing of it."""
    tools = response_tools([{"type": "function", "name": "f"}, {"type": "function", "name": "g"}])
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "g"}]}
    assert chat_tools(tools, choice, None) == {
        "tools": [{"type": "function", "function": {"name": "g"}}],
        "tool_choice": "required",
    }


def test_fields_about_tools_stay_away_without_tools() -> None:
    """Providers refuse them."""
    order = read_order({"input": "x", "tool_choice": "auto", "parallel_tool_calls": True})
    assert dict(order.fields) == {}


def test_an_annotation_points_at_its_mark() -> None:
    """A page of the web by its address, a lesson by its chunk; unknown numbers are left alone."""
    lesson = {"index": 1, "chunk_id": "c1", "lesson": "l", "title": "Leaves"}
    page = {"index": 2, "chunk_id": "c2", "lesson": "l", "title": "Web", "url": "https://example.org"}
    assert annotations("One [1] and [2, 9].", [lesson, page]) == [
        {"type": "file_citation", "index": 4, "file_id": "c1", "filename": "Leaves", "citation": 1},
        {
            "type": "url_citation",
            "start_index": 12,
            "end_index": 18,
            "title": "Web",
            "url": "https://example.org",
            "citation": 2,
        },
    ]


def test_whole_calls_without_index_stay_apart() -> None:
    """As some providers send them: each in one piece, without saying which it is."""
    calls = [{"id": f"c{n}", "function": {"name": "f", "arguments": f'{{"n":{n}}}'}} for n in (1, 2)]
    _, response = streamed(*(chunk(tool_calls=[call]) for call in calls), chunk("tool_calls"))
    assert [(item["call_id"], item["arguments"]) for item in response["output"]] == [
        ("c1", '{"n":1}'),
        ("c2", '{"n":2}'),
    ]


def test_text_after_a_call_is_a_message_of_its_own() -> None:
    """Items are numbered as they begin, and no number is used twice."""
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    found, response = streamed(chunk(content="a"), chunk(tool_calls=[call]), chunk(content="b"), chunk("stop"))
    assert [item["type"] for item in response["output"]] == ["message", "function_call", "message"]
    added = [event["output_index"] for event in found if event["type"] == "response.output_item.added"]
    assert added == [0, 1, 2]


def test_an_empty_answer_is_an_empty_message() -> None:
    """Plain and streamed alike, so that readers of `output[0]` find something."""
    _, response = streamed(chunk("stop"))
    assert [part["text"] for part in response["output"][0]["content"]] == [""]
    plain = answer_of(b'{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}')
    assert [part["text"] for part in plain.output[0]["content"]] == [""]


def test_a_stream_without_a_finish_reason_is_not_whole() -> None:
    """It never ends as completed."""
    with pytest.raises(UpstreamFailed):
        streamed(chunk(content="a"))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"choices":[]}', b'{"choices":[{"index":0}]}'])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    """As a failure of the provider."""
    with pytest.raises(UpstreamFailed):
        answer_of(body)
