"""Requests in OpenAI's words become requests to Anthropic's Messages API, and its answers become OpenAI's."""

import json
from typing import Any

import msgspec
import pytest
from anthropic.types import MessageCreateParams
from pydantic import TypeAdapter

from banyan.adapters.providers._dialects.anthropic_answer import ChunkWriter, Event, Message, completion
from banyan.adapters.providers._dialects.anthropic_models import family_of
from banyan.adapters.providers._dialects.anthropic_request import translate_request
from banyan.adapters.providers._dialects.anthropic_tools import JSON_TOOL, closed
from banyan.kernel.errors import InvalidInput

NEWEST, OLD = "claude-opus-5", "claude-3-7-sonnet-20250219"
MIDDLE = "claude-sonnet-4-5"
HELLO = [{"role": "user", "content": "hello"}]
LOOK = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}
PIXEL = "data:image/png;base64,iVBORw0KGgo="

_params = TypeAdapter(MessageCreateParams)


def sent(model: str = MIDDLE, messages: Any = HELLO, **more: Any) -> dict[str, Any]:
    """What goes to Anthropic; the official SDK's types have to agree."""
    request = json.loads(translate_request(json.dumps({"messages": messages, **more}).encode(), model).body)
    _params.validate_python(request)
    return request


def turns(*messages: Any) -> list[Any]:
    return sent(messages=list(messages))["messages"]


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def test_every_system_message_joins_the_system_prompt() -> None:
    """System and developer messages come together in their order, wherever they stand."""
    asked = sent(
        messages=[
            {"role": "system", "content": "Be brief."},
            *HELLO,
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        ]
    )
    assert asked["system"] == [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}]
    assert asked["messages"] == [user("hello")]


def test_turns_alternate_and_blank_texts_are_left_out() -> None:
    """Messages of one speaker in a row become one turn."""
    assert turns(*HELLO, {"role": "user", "content": " "}, {"role": "user", "content": "again"}) == [
        user("hello", "again")
    ]


def test_a_conversation_that_the_assistant_opens_gets_a_first_word() -> None:
    """The API wants the user's turn first."""
    assert [turn["role"] for turn in turns({"role": "assistant", "content": "Welcome!"}, *HELLO)] == [
        "user",
        "assistant",
        "user",
    ]


def test_a_begun_answer_is_passed_without_its_trailing_space() -> None:
    """An assistant's message at the end is continued."""
    last = turns(*HELLO, {"role": "assistant", "content": "The leaf is \n"})[-1]
    assert last == {"role": "assistant", "content": [{"type": "text", "text": "The leaf is"}]}


def test_images_go_inline_or_by_address() -> None:
    """A data URL is taken apart; a web address stays one; a PDF is a document."""
    parts = [
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/leaf.png"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
    ]
    assert turns({"role": "user", "content": parts})[0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/leaf.png"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
    ]


def test_calls_and_results_of_tools_become_blocks() -> None:
    """Results in a row, and what the user says then, are one turn; ids keep to the characters that are allowed."""
    calls = [
        {"id": f"call:{number}", "type": "function", "function": {"name": "look", "arguments": arguments}}
        for number, arguments in enumerate(('{"page": 3}', ""))
    ]
    asked = sent(
        messages=[
            *HELLO,
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "call:0", "content": "leaf"},
            {"role": "tool", "tool_call_id": "call:1", "content": ""},
            {"role": "user", "content": "go on"},
        ]
    )
    assert asked["messages"][1:] == [
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "call_0", "name": "look", "input": {"page": 3}},
                {"type": "tool_use", "id": "call_1", "name": "look", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_0", "content": [{"type": "text", "text": "leaf"}]},
                {"type": "tool_result", "tool_use_id": "call_1"},
                {"type": "text", "text": "go on"},
            ],
        },
    ]
    assert (asked["tools"][0]["name"], asked["tool_choice"]) == ("look", {"type": "none"})


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, None),
        ({"tool_choice": "none"}, {"type": "none"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": {"type": "function", "function": {"name": "look"}}}, {"type": "tool", "name": "look"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_each_choice_of_tools_has_its_word(asked: dict[str, Any], choice: dict[str, Any] | None) -> None:
    """All four choices, and one call at a time."""
    request = sent(tools=[LOOK], **asked)
    assert request.get("tool_choice") == choice
    assert request["tools"] == [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("model", "asked", "limit"),
    [
        (MIDDLE, {}, 64_000),
        (OLD, {"max_tokens": 10}, 10),
        (MIDDLE, {"max_tokens": 10, "max_completion_tokens": 20}, 20),
        ("claude-3-haiku-20240307", {"max_tokens": 100_000}, 4_096),
        (NEWEST, {"max_tokens": 100_000}, 100_000),
    ],
)
def test_every_request_names_its_longest_answer(model: str, asked: dict[str, int], limit: int) -> None:
    """As asked for, within what the model can; without a word, all that it can."""
    assert sent(model, **asked)["max_tokens"] == limit


@pytest.mark.parametrize(
    ("model", "asked", "expected"),
    [
        (MIDDLE, {"temperature": 0.5}, {"temperature": 0.5}),
        (MIDDLE, {"temperature": 1.7}, {"temperature": 1.0}),
        (MIDDLE, {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5}),
        (MIDDLE, {"top_p": 0.9}, {"top_p": 0.9}),
        (NEWEST, {"temperature": 0.5, "top_p": 0.9}, {}),
    ],
)
def test_sampling_goes_where_it_is_taken(model: str, asked: dict[str, float], expected: dict[str, float]) -> None:
    """Temperatures end at 1, one of the two is sent, and newer models get none."""
    request = sent(model, **asked)
    assert {name: request[name] for name in ("temperature", "top_p") if name in request} == expected


def test_users_and_stops_are_passed_on() -> None:
    """A user who goes by an address is named by a digest of it; blank stops are left out."""
    request = sent(user="learner-7", stop=["END", "\n"], stream=True)
    assert (request["metadata"], request["stop_sequences"], request["stream"]) == (
        {"user_id": "learner-7"},
        ["END"],
        True,
    )
    hidden = sent(user="ann@example.org", stop="END")
    assert "ann" not in json.dumps(hidden["metadata"])
    assert hidden["stop_sequences"] == ["END"]


@pytest.mark.parametrize(
    ("model", "asked", "thinking", "effort"),
    [
        (NEWEST, {"reasoning_effort": "medium"}, {"type": "adaptive"}, "medium"),
        (NEWEST, {"reasoning_effort": "none"}, None, None),
        (NEWEST, {"reasoning_effort": "low", "tools": [LOOK], "tool_choice": "required"}, None, "low"),
        (MIDDLE, {"reasoning_effort": "low"}, {"type": "enabled", "budget_tokens": 2048}, None),
        (MIDDLE, {"reasoning_effort": "low", "max_tokens": 500}, None, None),
        ("claude-3-haiku-20240307", {"reasoning_effort": "high"}, None, None),
    ],
)
def test_effort_becomes_thinking(model: str, asked: dict[str, Any], thinking: Any, effort: str | None) -> None:
    """Newer models decide within an effort, older ones get a budget, and where it cannot be it is left out."""
    request = sent(model, temperature=0, **asked)
    assert (request.get("thinking"), request.get("output_config", {}).get("effort")) == (thinking, effort)
    assert not (thinking and "temperature" in request)


def test_a_schema_goes_to_structured_outputs_or_to_a_tool() -> None:
    """Models without structured outputs must call a tool, or one of the caller's own."""
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    held = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert sent(response_format=held)["output_config"]["format"] == {"type": "json_schema", "schema": closed(schema)}
    old = sent(OLD, response_format=held)
    assert old["tools"] == [{"name": JSON_TOOL, "description": "Takes the answer.", "input_schema": schema}]
    assert old["tool_choice"] == {"type": "tool", "name": JSON_TOOL}
    both = sent(OLD, response_format=held, tools=[LOOK])
    assert ([tool["name"] for tool in both["tools"]], both["tool_choice"]) == (["look", JSON_TOOL], {"type": "any"})
    assert "JSON object" in sent(response_format={"type": "json_object"})["system"][-1]["text"]
    assert "output_config" not in sent(response_format={"type": "text"})


def test_a_closed_schema_has_no_loose_ends() -> None:
    """Objects take no further properties and bounds go; a property may still be called as a bound is."""
    schema = {
        "type": "object",
        "properties": {
            "minimum": {"type": "integer", "minimum": 1},
            "all": {"type": "array", "items": {"$ref": "#/x"}},
        },
        "$defs": {"x": {"type": "object", "properties": {"e": {"enum": ["minimum"]}}}},
    }
    assert closed(schema) == {
        "type": "object",
        "properties": {"minimum": {"type": "integer"}, "all": {"type": "array", "items": {"$ref": "#/x"}}},
        "$defs": {"x": {"type": "object", "properties": {"e": {"enum": ["minimum"]}}, "additionalProperties": False}},
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2),
        ("logprobs", True),
        ("audio", {"voice": "alloy"}),
        ("modalities", ["text", "audio"]),
        ("functions", [{"name": "x"}]),
        ("temperature", 3),
        ("temperature", "warm"),
        ("max_tokens", 0),
        ("stop", 5),
        ("tool_choice", "maybe"),
        ("tools", [{"type": "custom", "custom": {"name": "x"}}]),
        ("response_format", {"type": "yaml"}),
        ("messages", []),
        ("messages", "hello"),
        ("messages", ["hello"]),
        ("messages", [{"role": "king", "content": "x"}]),
        ("messages", [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]),
        (
            "messages",
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/bmp;base64,x"}}]}],
        ),
        ("messages", [{"role": "user", "content": [{"type": "file", "file": {"file_id": "x"}}]}]),
        ("messages", [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "x", "arguments": "{"}}]}]),
        ("messages", [{"role": "tool", "content": "no id"}]),
    ],
)
def test_what_cannot_be_said_is_refused_by_its_name(field: str, value: Any) -> None:
    """The field is named; nothing is sent."""
    with pytest.raises(InvalidInput) as caught:
        sent(**{"tools": [LOOK], field: value} if field == "tool_choice" else {field: value})
    assert caught.value.param == field


def test_what_changes_nothing_that_matters_is_left_out() -> None:
    """Penalties, seeds and the like have no word there."""
    assert sent(seed=1, frequency_penalty=0.1, logit_bias={"5": 1}, store=True, n=1, logprobs=False).keys() == {
        "model",
        "max_tokens",
        "messages",
    }


@pytest.mark.parametrize(
    ("stop_reason", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "length"),
        ("refusal", "content_filter"),
        ("something new", "stop"),
    ],
)
def test_each_stop_reason_has_its_word(stop_reason: str, reason: str) -> None:
    """A pause is an answer that is not whole, and a refusal a filter."""
    message = Message(type="message", stop_reason=stop_reason)
    assert json.loads(completion(message, 1))["choices"][0]["finish_reason"] == reason


def chunks_of(*events: dict[str, Any]) -> list[Any]:
    """The choices' deltas and finish reasons of a stream, and its usage."""
    writer = ChunkWriter(1, with_usage=True)
    found = [chunk for event in events for chunk in writer.write(msgspec.convert(event, Event))]
    read = [json.loads(chunk) for chunk in (*found, *writer.end())]
    return [
        chunk.get("usage") or (chunk["choices"][0]["delta"], chunk["choices"][0]["finish_reason"]) for chunk in read
    ]


def test_thoughts_and_calls_stream_side_by_side() -> None:
    """Thoughts are `reasoning_content`; each call has its number among the calls; one without input has `{}`."""
    tool = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    got = chunks_of(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        {"type": "content_block_stop", "index": 1},
        {"type": "content_block_start", "index": 2, "content_block": {**tool, "id": "u"}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"a":1}'}},
        {"type": "content_block_stop", "index": 2},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    )

    def call(index: int, **more: Any) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, **more}]}

    named = {"type": "function", "function": {"name": "look", "arguments": ""}}
    assert got[:-1] == [
        ({"reasoning_content": "Hm."}, None),
        (call(0, id="t", **named), None),
        (call(0, function={"arguments": "{}"}), None),
        (call(1, id="u", **named), None),
        (call(1, function={"arguments": '{"a":1}'}), None),
        ({}, "tool_calls"),
    ]


def test_usage_counts_the_cache_as_part_of_the_prompt() -> None:
    """What was read from it and written to it stands in the details; later events correct earlier ones."""
    start = {"input_tokens": 6, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2, "output_tokens": 1}
    usage = chunks_of(
        {"type": "message_start", "message": {"type": "message", "usage": start}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    )[-1]
    assert usage == {
        "prompt_tokens": 12,
        "completion_tokens": 9,
        "total_tokens": 21,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    }


def test_a_family_is_known_by_the_beginning_of_its_name() -> None:
    """Unknown names count as newer: no prefill, no sampling, no window that anybody could be refused for."""
    assert family_of("claude-sonnet-4-5-20250929").capabilities.prefill
    newer = family_of("claude-sonnet-9")
    assert (newer.prefill, newer.samples, newer.capabilities.context_window) == (False, False, None)
