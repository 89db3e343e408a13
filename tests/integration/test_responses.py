"""The Responses API over a real socket, with the official client wherever it can say what is meant."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response
from proxy_house import Proxy, open_proxy
from pydantic import BaseModel
from scripted_openai import ARGUMENTS, scripted_openai

TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}
SAM, KIM = {"X-Banyan-User": "sam"}, {"X-Banyan-User": "kim"}
MODEL = "openai/gpt-a"


@pytest.fixture
async def proxy(tmp_path: Path, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path, upstream_at=scripted_openai, database_url=house_url) as opened:
        yield opened


async def create(proxy: Proxy, input: Any, **more: Any) -> Response:
    """A plain response of the official client."""
    return await proxy.client.responses.create(model=MODEL, input=input, **more)


async def events(proxy: Proxy, input: Any, **more: Any) -> list[Any]:
    """Every event of a stream, as the official client reads it."""
    return [event async for event in await proxy.client.responses.create(model=MODEL, input=input, stream=True, **more)]


async def raw_events(proxy: Proxy, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every event of a stream as it stands on the wire: its name and its data."""
    async with proxy.web.post("/v1/responses", json={"model": MODEL, "stream": True, **body}) as response:
        text = await response.text()
    assert text.endswith("\n\n")
    assert "[DONE]" not in text
    found = []
    for block in text.split("\n\n")[:-1]:
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_the_official_client_gets_a_plain_response(proxy: Proxy) -> None:
    """Text, usage with details, and the name of the model that really answered."""
    response = await create(proxy, "hello", instructions="Be kind.", metadata={"a": "b"}, temperature=0.5)
    assert response.output_text == "hello after system user"
    assert (response.status, response.model, response.metadata) == ("completed", "gpt-a-2026", {"a": "b"})
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens) == (11, 5, 16)
    assert response.usage.input_tokens_details.cached_tokens == 4
    assert response.usage.output_tokens_details.reasoning_tokens == 2
    assert proxy.upstream.last == {
        "model": "gpt-a",
        "temperature": 0.5,
        "stream": False,
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hello"}],
    }


async def test_every_field_reaches_the_model_by_its_name_there(proxy: Proxy) -> None:
    """Names differ between the two APIs; unknown fields pass through, metadata stays here."""
    format = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    await create(
        proxy,
        [
            {"role": "developer", "content": "d"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "look"}]},
            {"role": "user", "content": [{"type": "input_image", "image_url": "data:,x", "detail": "low"}]},
            {"type": "reasoning", "id": "rs_1", "summary": []},
        ],
        max_output_tokens=9,
        top_p=0.5,
        reasoning={"effort": "low"},
        text={"format": format, "verbosity": "low"},
        tools=[TOOL],
        tool_choice={"type": "function", "name": "weather"},
        parallel_tool_calls=False,
        include=["message.output_text.logprobs"],
        top_logprobs=2,
        user="u",
        truncation="disabled",
        extra_body={"top_k": 5},
    )
    assert proxy.upstream.last == {
        "model": "gpt-a",
        "top_p": 0.5,
        "user": "u",
        "top_k": 5,
        "max_completion_tokens": 9,
        "reasoning_effort": "low",
        "verbosity": "low",
        "logprobs": True,
        "top_logprobs": 2,
        "stream": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
        },
        "tools": [
            {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}, "strict": False}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "messages": [
            {"role": "system", "content": "d"},
            {"role": "user", "content": "look"},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x", "detail": "low"}}]},
        ],
    }


async def test_a_function_is_called_and_its_output_answered(proxy: Proxy) -> None:
    """The conversation goes on from the stored call, in the order that models want."""
    first = await create(proxy, "talk", tools=[TOOL])
    message, call = first.output
    assert message.type == "message"
    assert call.type == "function_call"
    assert (call.name, call.arguments, call.call_id) == ("weather", ARGUMENTS, "call_0")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    second = await create(proxy, [output], previous_response_id=first.id, tools=[TOOL])
    assert second.output_text == "The tool says sunny."
    function = {"name": "weather", "arguments": ARGUMENTS}
    assert proxy.upstream.last["messages"] == [
        {"role": "user", "content": "talk"},
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [{"id": "call_0", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_0", "content": "sunny"},
    ]


async def test_output_items_can_be_sent_back_as_input(proxy: Proxy) -> None:
    """The way of clients that store nothing."""
    first = await create(proxy, "hi", tools=[TOOL], store=False)
    items = [item.model_dump() for item in first.output]
    output = {"type": "function_call_output", "call_id": "call_0", "output": [{"type": "input_text", "text": "rain"}]}
    second = await create(proxy, [{"role": "user", "content": "hi"}, *items, output], tools=[TOOL])
    assert second.output_text == "The tool says rain."


async def test_a_stream_tells_everything_in_order(proxy: Proxy) -> None:
    """Named events without [DONE], numbered without a gap; the deltas make the text."""
    found = await raw_events(proxy, input="hello")
    assert [name for name, _ in found] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [data["type"] for _, data in found] == [name for name, _ in found]
    assert [data["sequence_number"] for _, data in found] == list(range(len(found)))
    deltas = "".join(data["delta"] for name, data in found if name.endswith("delta"))
    last = found[-1][1]["response"]
    assert deltas == last["output"][0]["content"][0]["text"] == "hello after user "
    assert last["usage"]["total_tokens"] == 16
    assert {data["response"]["id"] for _, data in found if "response" in data} == {last["id"]}
    assert proxy.upstream.last["stream_options"] == {"include_usage": True}


async def test_the_clients_own_stream_reader_rebuilds_parallel_calls(proxy: Proxy) -> None:
    """Arguments arrive in pieces and belong to their call."""
    tools = [TOOL, {**TOOL, "name": "news"}]
    async with proxy.client.responses.stream(model=MODEL, input="talk", tools=tools) as stream:  # type: ignore[arg-type]
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert kinds.count("response.function_call_arguments.delta") == 4
    assert [item.type for item in final.output] == ["message", "function_call", "function_call"]
    calls = [item for item in final.output if item.type == "function_call"]
    assert [(call.name, call.call_id, call.arguments) for call in calls] == [
        ("weather", "call_0", ARGUMENTS),
        ("news", "call_1", ARGUMENTS),
    ]


async def test_the_client_parses_json_output(proxy: Proxy) -> None:
    """A schema goes up, an object comes back."""

    class Answer(BaseModel):
        answer: int

    response = await proxy.client.responses.parse(model=MODEL, input="what", text_format=Answer)
    assert response.output_parsed == Answer(answer=42)


@pytest.mark.parametrize(("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_was_cut_short_is_incomplete(proxy: Proxy, finish: str, reason: str) -> None:
    """Plain and streamed, with the reason; never completed."""
    plain = await create(proxy, finish)
    streamed = (await events(proxy, finish))[-1]
    assert streamed.type == "response.incomplete"
    for response in (plain, streamed.response):
        assert response.status == "incomplete"
        assert response.incomplete_details.reason == reason
        assert response.output[0].status == "incomplete"


async def test_a_cut_stream_ends_as_failed(proxy: Proxy) -> None:
    """An error event, then the failed response, which is kept with what was said until then."""
    found = await events(proxy, "cut")
    assert [event.type for event in found[-2:]] == ["error", "response.failed"]
    assert found[-2].code == "stream_cut"
    assert [event.sequence_number for event in found] == list(range(len(found)))
    failed = found[-1].response
    assert (failed.status, failed.error.code, failed.output_text) == ("failed", "server_error", "Half an answer ")
    kept = await proxy.client.responses.retrieve(failed.id)
    assert kept.status == "failed"


async def test_a_refusal_is_a_part_of_its_own(proxy: Proxy) -> None:
    """Plain and streamed."""
    plain = await create(proxy, "refuse")
    streamed = await events(proxy, "refuse")
    assert plain.output[0].content[0].refusal == "I will not."  # type: ignore[union-attr]
    assert "response.refusal.done" in [event.type for event in streamed]
    assert streamed[-1].response.output[0].content[0].type == "refusal"


async def test_what_the_provider_refuses_keeps_its_status(proxy: Proxy) -> None:
    """Before the first event, a stream too answers with a status that a client can act on."""
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as refused:
            await proxy.client.responses.create(model=MODEL, input="too long", stream=stream)
        assert refused.value.code == "context_length_exceeded"


async def test_a_client_that_leaves_stops_the_model(proxy: Proxy) -> None:
    """Upstream sees it at once, and nothing is stored."""
    async with proxy.web.post("/v1/responses", json={"model": MODEL, "input": "hang", "stream": True}) as response:
        line = await response.content.readuntil(b"\n\n")
    id = json.loads(line.split(b"data: ")[1])["response"]["id"]
    await asyncio.wait_for(proxy.upstream.gone.wait(), 2)
    with pytest.raises(openai.NotFoundError):
        await proxy.client.responses.retrieve(id)


async def test_a_conversation_goes_on_without_its_old_instructions(proxy: Proxy) -> None:
    """Three turns by id; instructions belong to one response."""
    first = await create(proxy, "one", instructions="Be brief.")
    second = (await events(proxy, "two", previous_response_id=first.id))[-1].response
    third = await create(proxy, "three", previous_response_id=second.id)
    assert third.previous_response_id == second.id
    assert [message["content"] for message in proxy.upstream.last["messages"]] == [
        "one",
        "one after system user",
        "two",
        "two after user assistant user ",
        "three",
    ]


async def test_stored_responses_are_read_listed_and_deleted(proxy: Proxy) -> None:
    """What was answered comes back as it was; after the deletion nothing does, and nothing goes on from it."""
    first = await create(proxy, [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}])
    second = await create(proxy, "c", previous_response_id=first.id)
    assert await proxy.client.responses.retrieve(first.id) == first
    items = await proxy.client.responses.input_items.list(first.id, order="asc")
    assert [item.content[0].text for item in items.data] == ["a", "b"]  # type: ignore[union-attr]
    newest = await proxy.client.responses.input_items.list(first.id, limit=1)
    assert (newest.data[0].content[0].text, newest.has_more) == ("b", True)  # type: ignore[union-attr]
    every = [item.content[0].text async for item in proxy.client.responses.input_items.list(first.id, limit=1)]  # type: ignore[union-attr]
    assert every == ["b", "a"]
    await proxy.client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        await proxy.client.responses.retrieve(first.id)
    for gone in (first.id, second.id):
        with pytest.raises(openai.NotFoundError) as refused:
            await create(proxy, "d", previous_response_id=gone)
        assert refused.value.code == "previous_response_not_found"


async def test_only_the_owner_reaches_a_response(proxy: Proxy) -> None:
    """The neighbour finds nothing, changes nothing and continues nothing; the owner does."""
    mine = await create(proxy, "secret", extra_headers=SAM)
    for method, path in (("GET", ""), ("GET", "/input_items"), ("DELETE", ""), ("POST", "/cancel")):
        status, body = await proxy.ask(method, f"/v1/responses/{mine.id}{path}", headers=KIM)
        assert (status, body["error"]["code"]) == (404, "response_not_found")
    with pytest.raises(openai.NotFoundError):
        await create(proxy, "and?", previous_response_id=mine.id, extra_headers=KIM)
    assert (await proxy.client.responses.retrieve(mine.id, extra_headers=SAM)).output_text == mine.output_text


async def test_nothing_is_kept_where_the_caller_wants_that(proxy: Proxy) -> None:
    """With `store: false` the response can be neither read nor continued."""
    response = await create(proxy, "hello", store=False)
    with pytest.raises(openai.NotFoundError):
        await proxy.client.responses.retrieve(response.id)
    with pytest.raises(openai.NotFoundError):
        await create(proxy, "more", previous_response_id=response.id)


async def test_cancelling_is_refused(proxy: Proxy) -> None:
    """There are no background responses to cancel."""
    response = await create(proxy, "hello")
    with pytest.raises(openai.BadRequestError) as refused:
        await proxy.client.responses.cancel(response.id)
    assert refused.value.code == "not_cancellable"


async def test_a_course_grounds_the_response(proxy: Proxy) -> None:
    """Citations stand at the top and, where the text uses them, as annotations; plain and streamed alike."""
    await proxy.index("biology", "leaves", content="# Sugar\n\nLight makes sugar in leaves. cite", title="Leaves")
    course = {"course": "biology", "lesson": "leaves"}
    plain = (await create(proxy, "cite", extra_body=course)).model_dump()
    streamed = await events(proxy, "cite", extra_body=course)
    last = streamed[-1].response.model_dump()
    for response in (plain, last):
        assert [citation["index"] for citation in response["citations"]] == [1]
        annotation = response["output"][0]["content"][0]["annotations"][0]
        assert annotation == {
            "type": "file_citation",
            "index": 18,
            "file_id": response["citations"][0]["chunk_id"],
            "filename": "Leaves",
            "citation": 1,
        }
    assert "response.output_text.annotation.added" in [event.type for event in streamed]
    assert "Light makes sugar" in json.dumps(proxy.upstream.last["messages"])


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": "x", "background": True}, "background"),
        ({"input": "x", "conversation": "conv_1"}, "conversation"),
        ({"input": "x", "messages": [{}]}, "messages"),
        ({"input": []}, "input"),
        ({"input": "x", "tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"input": "x", "tool_choice": "required"}, "tool_choice"),
        ({"input": "x", "text": {"format": {"type": "xml"}}}, "text.format"),
        ({"input": "x", "include": ["everything"]}, "include"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}, "input[0].content[0]"),
        ({"input": [{"type": "web_search_call", "id": "ws"}]}, "input[0]"),
        ({"input": [{"type": "function_call_output", "call_id": "c", "output": "o"}]}, "input"),
        ({"input": "x", "lesson": "leaves"}, "course"),
        ({"input": "x", "temperature": 3}, "temperature"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(proxy: Proxy, body: dict[str, Any], param: str) -> None:
    """A clear 400 that names the field, before any model is asked."""
    status, answer = await proxy.ask("POST", "/v1/responses", json={"model": MODEL, **body})
    assert (status, answer["error"]["param"]) == (400, param)
    assert proxy.upstream.seen == []


async def test_the_echo_and_the_default_model_answer_as_well(proxy: Proxy) -> None:
    """Every provider speaks the Responses API, not OpenAI's alone."""
    status, answer = await proxy.ask("POST", "/v1/responses", json={"input": "say this"})
    assert (status, answer["output"][0]["content"][0]["text"]) == (200, "say this")
    assert answer["model"] == "banyan/echo"
