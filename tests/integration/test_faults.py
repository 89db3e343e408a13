"""Every way in which a provider breaks: what the client gets, what the ledger says, how often it was asked."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from faulty_upstream import (
    TEXT,
    USAGE,
    Behave,
    Call,
    broken_off,
    completion,
    cut_after,
    events,
    plain,
    refusing,
    saying,
    silent,
    slow,
    well,
    zipped,
)
from gateway_house import ASK, Gateway, deployment, open_gateway

from banyan.kernel.money import money
from banyan.proxy.domain.deployments import Alias, Deployment, Patience, Target
from banyan.proxy.usecases.fleet import Conditions

BODY = {"model": "primary-model", "stream": True, "stream_options": {"include_usage": True}}
STREAMED = [pytest.param(False, id="plain"), pytest.param(True, id="stream")]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path) as running:
        yield running


async def reset(call: Call) -> None:
    """The connection is reset before anything is said."""
    call.cut()


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_good_answer_says_who_gave_it_and_what_it_cost(gateway: Gateway, stream: bool) -> None:
    """Deployment, reason and model are told; the books hold one row with the provider's own count."""
    answer = await gateway.ask(stream=stream)
    assert (answer.status, answer.text) == (200, TEXT)
    assert answer.headers["x-banyan-deployment"] == "primary"
    assert answer.headers["x-banyan-route"] == "first choice"
    assert {chunk["model"] for chunk in answer.chunks or [answer.body]} == {"primary-model-2026"}
    [row] = await gateway.rows()
    assert (row["deployment"], row["status"], row["input_tokens"], row["output_tokens"]) == ("primary", "ok", 11, 7)
    assert row["cost"] == (11 * money("1") + 7 * money("2")) // 1_000_000
    assert len(gateway.primary.calls) == 1


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_model_s_name_cannot_write_headers(gateway: Gateway, stream: bool) -> None:
    """A line break in what the caller asked for is a question mark in what is told about it."""
    gateway.fleet.apply([deployment("openai/x\r\nX-Evil: 1", gateway.primary)], [])
    answer = await gateway.ask("openai/x\r\nX-Evil: 1", stream=stream)
    assert answer.headers["x-banyan-deployment"] == "openai/x??X-Evil: 1"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize("fault", [refusing(500), refusing(503), reset], ids=["500", "503", "reset"])
async def test_a_single_fault_is_tried_once_more_where_it_happened(
    gateway: Gateway, fault: Behave, stream: bool
) -> None:
    """The second try of the same deployment answers; nobody else is asked."""
    gateway.primary.behaviours.append(fault)
    answer = await gateway.ask(stream=stream)
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "primary")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (2, 0)
    assert await gateway.statuses() == [("primary", "failed"), ("primary", "ok")]


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize("fault", [refusing(500), refusing(503), reset], ids=["500", "503", "reset"])
async def test_a_lasting_fault_goes_to_the_next_deployment(gateway: Gateway, fault: Behave, stream: bool) -> None:
    """Two tries, then the fallback, which is named in answer and headers."""
    gateway.primary.usual = fault
    answer = await gateway.ask(stream=stream)
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "backup")
    assert answer.headers["x-banyan-route"] == "primary: outage"
    assert {chunk["model"] for chunk in answer.chunks or [answer.body]} == {"backup-model-2026"}
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (2, 1)
    assert [row["cost"] for row in await gateway.rows()][:2] == [0, 0]


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_short_retry_after_is_waited_for(gateway: Gateway, stream: bool) -> None:
    """The provider says one second, so it is asked again after one."""
    gateway.primary.behaviours.append(refusing(429, "Slow down.", "Retry-After: 1"))
    began = asyncio.get_running_loop().time()
    answer = await gateway.ask(stream=stream)
    assert asyncio.get_running_loop().time() - began >= 1
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "primary")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (2, 0)


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_long_retry_after_goes_to_the_next_deployment(gateway: Gateway, stream: bool) -> None:
    """An hour fits no deadline; the first deployment is not even asked by the next call."""
    gateway.primary.usual = refusing(429, "Come back later.", "Retry-After: 3600")
    for _ in range(2):
        answer = await gateway.ask(stream=stream)
        assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "primary: rate_limit")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (1, 2)


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_rate_limit_with_nobody_else_to_ask_is_told_with_its_time(gateway: Gateway, stream: bool) -> None:
    """429, and Retry-After as the provider said it."""
    gateway.primary.usual = refusing(429, "Come back later.", "Retry-After: 3600")
    answer = await gateway.ask("alone", stream=stream)
    assert (answer.status, answer.headers["retry-after"]) == (429, "3600")
    assert answer.error["type"] == "rate_limit_error"


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_rate_limit_without_a_time_is_tried_once_more(gateway: Gateway, stream: bool) -> None:
    """After a short pause, and then the next deployment is asked."""
    gateway.primary.usual = refusing(429)
    answer = await gateway.ask(stream=stream)
    assert answer.headers["x-banyan-deployment"] == "backup"
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (2, 1)


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_silent_deployment_is_left_and_not_retried(gateway: Gateway, stream: bool) -> None:
    """After the time for the first byte the next one answers, and the silent one sees its caller go."""
    gateway.primary.usual = silent
    answer = await gateway.ask(stream=stream)
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "primary: silence")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (1, 1)
    async with asyncio.timeout(1):
        await gateway.primary.calls[0].left.wait()


@pytest.mark.parametrize("stream", STREAMED)
async def test_silence_with_nobody_else_to_ask_is_a_timeout(gateway: Gateway, stream: bool) -> None:
    """504, in the time that was set, and not in that of the whole call."""
    gateway.primary.usual = silent
    async with asyncio.timeout(3):
        answer = await gateway.ask("alone", stream=stream)
    assert (answer.status, answer.error["code"]) == (504, "first_byte_timeout")
    assert len(gateway.primary.calls) == 1


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_slow_first_byte_within_its_time_is_waited_for(gateway: Gateway, stream: bool) -> None:
    """Slow is not silent."""
    gateway.primary.usual = slow(0.2)
    answer = await gateway.ask(stream=stream)
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "primary")
    [row] = await gateway.rows()
    assert row["seconds"] >= 0.2


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1"], ids=["refused", "no such name"]
)
async def test_nobody_at_the_address_goes_to_the_next_deployment(gateway: Gateway, base_url: str, stream: bool) -> None:
    """A refused connection and an unknown name cost one try each."""
    members = [member.deployment for member in gateway.fleet.members.values()]
    gone = Deployment("gone", "openai", "m", {"base_url": base_url}, patience=members[0].patience)
    gateway.fleet.apply([*members, gone], [Alias("first-gone", (Target("gone"), Target("backup")))])
    answer = await gateway.ask("first-gone", stream=stream)
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "gone: outage")
    assert await gateway.statuses() == [("gone", "failed"), ("backup", "ok")]


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_failed_handshake_goes_to_the_next_deployment(gateway: Gateway, stream: bool) -> None:
    """TLS towards somebody who does not speak it."""
    members = [member.deployment for member in gateway.fleet.members.values()]
    base_url = gateway.primary.base_url.replace("http://", "https://")
    odd = Deployment("odd", "openai", "m", {"base_url": base_url}, patience=members[0].patience)
    gateway.fleet.apply([*members, odd], [Alias("first-odd", (Target("odd"), Target("backup")))])
    answer = await gateway.ask("first-odd", stream=stream)
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "backup")


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize(
    ("fault", "status"), [(refusing(400, "Bad tools.", code="invalid_tools"), 400), (refusing(422), 422)]
)
async def test_the_caller_s_own_mistake_is_theirs(gateway: Gateway, fault: Behave, status: int, stream: bool) -> None:
    """No retry, no fallback, and the breaker stays closed however often it happens."""
    gateway.primary.usual = fault
    for _ in range(6):
        assert (await gateway.ask(stream=stream)).status == status
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (6, 0)
    gateway.primary.usual = well
    assert (await gateway.ask(stream=stream)).headers["x-banyan-deployment"] == "primary"


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize("field", ["n", "max_tokens", "max_completion_tokens"])
async def test_a_number_beyond_all_measure_is_no_fault_of_the_gateway(
    gateway: Gateway, field: str, stream: bool
) -> None:
    """Five thousand digits are passed on, for the provider to refuse."""
    body = json.dumps({"model": "alone", "messages": ASK, "stream": stream})
    data = f'{body[:-1]}, "{field}": {"9" * 5000}}}'
    async with gateway.web.post("/v1/chat/completions", data=data) as response:
        assert (await response.json())["error"]["code"] == "stream_cut"  # our upstream cannot read it either


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_deployment_that_is_set_up_wrongly_is_passed_over(gateway: Gateway, status: int) -> None:
    """Its key or its model's name is the operator's business; the caller gets an answer."""
    gateway.primary.usual = refusing(status)
    assert (await gateway.ask()).headers["x-banyan-route"] == "primary: deployment"
    assert len(gateway.primary.calls) == 1
    alone = await gateway.ask("alone")
    assert alone.status == (404 if status == 404 else 502)


@pytest.mark.parametrize("stream", STREAMED)
async def test_too_long_a_prompt_goes_to_the_longer_model_at_once(gateway: Gateway, stream: bool) -> None:
    """One call each; a chain without a longer model tells the caller."""
    gateway.primary.usual = refusing(400, "Too long.", code="context_length_exceeded")
    answer = await gateway.ask("lengthy", stream=stream)
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "primary: context_length")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (1, 1)
    refused = await gateway.ask(stream=stream)
    assert (refused.status, refused.error["code"]) == (400, "context_length_exceeded")
    assert len(gateway.backup.calls) == 1


@pytest.mark.parametrize("stream", STREAMED)
async def test_a_content_filter_is_not_routed_around_unless_policy_says_so(gateway: Gateway, stream: bool) -> None:
    """The refusal stands; an alias that says so asks the next."""
    gateway.primary.usual = refusing(400, "Filtered.", code="content_filter")
    refused = await gateway.ask(stream=stream)
    assert (refused.status, refused.error["code"]) == (400, "content_filter")
    assert len(gateway.backup.calls) == 0
    assert (await gateway.ask("unfiltered", stream=stream)).text == TEXT


async def test_a_filtered_answer_keeps_its_reason(gateway: Gateway) -> None:
    """`finish_reason: content_filter` is an answer, and stays as it is."""
    gateway.primary.usual = plain(completion({"model": "m"}, finish_reason="content_filter"))
    answer = await gateway.ask()
    assert answer.body["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b'{"choices": []}', b'{"object": "list"}', b"{", b"", b'{"error": {"message": "x"}}'],
    ids=["html", "no choices", "another object", "half", "empty", "in-band error"],
)
async def test_a_garbage_200_is_a_failure_of_the_provider(gateway: Gateway, body: bytes) -> None:
    """The next deployment answers."""
    gateway.primary.usual = plain(body)
    answer = await gateway.ask()
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "primary: outage")


async def test_a_garbage_stream_is_a_failure_of_the_provider(gateway: Gateway) -> None:
    """A page instead of events, and events that are none, go to the next deployment."""
    for fault in (plain(b"<html></html>", kind="text/html"), saying(b"hello\n\nworld\n\n")):
        gateway.primary.usual = fault
        answer = await gateway.ask(stream=True)
        assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "backup")


async def test_a_packed_answer_is_unpacked(gateway: Gateway) -> None:
    """gzip, although we did not ask for it."""
    gateway.primary.usual = zipped
    assert (await gateway.ask()).text == TEXT


async def test_an_answer_that_unpacks_to_the_size_of_a_bomb_is_left(gateway: Gateway) -> None:
    """A hundred megabytes in a hundred kilobytes are no answer; the next deployment is asked."""
    bomb = gzip.compress(b" " * 100_000_000)
    gateway.primary.usual = plain(bomb, "Content-Encoding: gzip")
    answer = await gateway.ask()
    assert (answer.text, answer.headers["x-banyan-deployment"]) == (TEXT, "backup")


async def test_a_very_large_answer_arrives_whole_and_a_monstrous_one_is_refused(tmp_path: Path) -> None:
    """50 MB pass; what is beyond every answer goes to the next deployment instead of into the memory."""
    large = completion({"model": "m"}).replace(TEXT.encode(), b"x" * 50_000_000)
    async with open_gateway(tmp_path, patience=Patience()) as gateway:
        gateway.primary.usual = plain(large)
        assert len((await gateway.ask()).text) == 50_000_000
        gateway.primary.usual = plain(large + b" " * 30_000_000)
        assert (await gateway.ask()).headers["x-banyan-deployment"] == "backup"


# Streams that break.


async def test_a_stream_cut_at_any_byte_is_finished_without_repeating_a_word(tmp_path: Path) -> None:
    """Wherever the connection breaks, the client reads the whole answer once, or all of it from elsewhere."""
    whole = b"".join(events(BODY))
    never_opens = Conditions(failures=len(whole))
    async with open_gateway(tmp_path, conditions=never_opens, patience=Patience()) as gateway:
        for first in range(0, len(whole), 25):  # side by side, since most of the time is the pause before a retry
            sizes = range(first, min(first + 25, len(whole)))
            gateway.primary.behaviours.extend(cut_after(size) for size in sizes)
            answers = await asyncio.gather(*(gateway.ask(stream=True) for _ in sizes))
            for answer in answers:
                assert (answer.text, answer.error, answer.finished) == (TEXT, None, True), sizes
                assert len({chunk["id"] for chunk in answer.chunks}) == 1
            assert not gateway.primary.behaviours, "not every break was met"


async def test_a_cut_stream_with_nobody_to_finish_it_ends_in_an_error(gateway: Gateway) -> None:
    """What came is there, an error event says why there is no more, and nothing says `stop`."""
    gateway.primary.usual = broken_off(3)
    answer = await gateway.ask("alone", stream=True)
    assert (answer.text, answer.finished) == ("A leaf makes ", False)
    assert answer.error["code"] == "stream_cut"
    rows = await gateway.rows()
    assert {row["status"] for row in rows} == {"cut"}
    assert all(row["output_tokens"] > 0 and row["estimated"] for row in rows)


async def test_a_stalled_stream_is_finished_by_the_next_deployment(gateway: Gateway) -> None:
    """After the idle time; the one that stalled sees its caller go."""
    gateway.primary.usual = broken_off(3, stalls=True)
    answer = await gateway.ask(stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
    assert await gateway.statuses() == [("primary", "cut"), ("backup", "ok")]
    async with asyncio.timeout(1):
        await gateway.primary.calls[0].left.wait()


async def test_where_a_model_can_be_prefilled_it_goes_on_from_what_was_sent(gateway: Gateway) -> None:
    """It is given the beginning as the last message, and only the rest is asked for."""
    gateway.primary.usual = broken_off(3, stalls=True)
    rest = b"".join(events({"model": "backup"}, ["sugar ", "from light."]))
    gateway.backup.usual = saying(rest)
    answer = await gateway.ask("resumed", stream=True)
    assert (answer.text, answer.finished) == (TEXT, True)
    assert gateway.backup.calls[0].body["messages"] == [*ASK, {"role": "assistant", "content": "A leaf makes "}]


async def test_another_answer_is_not_glued_to_the_first(gateway: Gateway) -> None:
    """Where a restart says something else, the stream ends in an error instead of in nonsense."""
    gateway.primary.usual = broken_off(3, stalls=True)
    gateway.backup.usual = saying(b"".join(events({"model": "b"}, ["Leaves ", "are green."])))
    answer = await gateway.ask(stream=True)
    assert (answer.text, answer.finished) == ("A leaf makes ", False)
    assert answer.error["code"] == "stream_cut"


async def test_half_a_tool_call_is_not_gone_on_with(gateway: Gateway) -> None:
    """Arguments of a tool that break off end in an error."""
    delta = {"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": '{"a":'}}]}
    chunk = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    gateway.primary.usual = saying(f"data: {json.dumps(chunk)}\n\n".encode())
    answer = await gateway.ask(stream=True)
    assert (answer.finished, answer.error["code"]) == (False, "stream_cut")
    assert len(gateway.backup.calls) == 0


async def test_an_error_within_a_stream_is_finished_elsewhere(gateway: Gateway) -> None:
    """An error event after the first words is a break like any other."""
    started = events(BODY)[:3]
    gateway.primary.usual = saying(*started, b'data: {"error": {"message": "overloaded", "code": 500}}\n\n')
    answer = await gateway.ask(stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)


@pytest.mark.parametrize(
    "fault",
    [
        saying(*events(BODY)[:-1]),
        saying(*(event.replace(b"\n", b"\r\n") for event in events(BODY))),
        saying(b": ping\n\n", *(part for event in events(BODY) for part in (b": keep-alive\n\n", event))),
        saying(*events(BODY)[:3], b"data: {broken\n\n", *events(BODY)[3:]),
        saying(*events(BODY)[:3], b'data: {"choices": [], "id": "chatcmpl-1"}\n\n', *events(BODY)[3:]),
        saying(*(bytes([byte]) for byte in b"".join(events(BODY)))),
    ],
    ids=["no DONE", "CRLF", "comments", "bad event", "empty choices", "byte by byte"],
)
async def test_what_stands_around_an_answer_does_not_harm_it(gateway: Gateway, fault: Behave) -> None:
    """The whole text arrives once, from the first deployment, priced by the provider's count."""
    gateway.primary.usual = fault
    answer = await gateway.ask(stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
    [row] = await gateway.rows()
    assert (row["status"], row["input_tokens"], row["output_tokens"], row["estimated"]) == ("ok", 11, 7, 0)


async def test_usage_goes_to_whoever_asked_for_it(gateway: Gateway) -> None:
    """We always count; the chunk with the count is the caller's only where they asked."""
    assert not any(chunk.get("usage") for chunk in (await gateway.ask(stream=True)).chunks)
    asked = await gateway.ask(stream=True, stream_options={"include_usage": True})
    assert asked.chunks[-1]["usage"] == USAGE
    assert [row["output_tokens"] for row in await gateway.rows()] == [7, 7]


@pytest.mark.parametrize("after", [7, 8], ids=["the reason for the end", "the count"])
@pytest.mark.parametrize("stalls", [False, True], ids=["cut", "stalled"])
@pytest.mark.parametrize("model", ["alone", "m"])
async def test_a_break_behind_the_end_of_an_answer_is_no_break(
    gateway: Gateway, model: str, stalls: bool, after: int
) -> None:
    """Once a provider said why it ends, the answer is whole: nobody is asked again, and no error is told."""
    gateway.primary.usual = broken_off(after, stalls=stalls)
    answer = await gateway.ask(model, stream=True)
    reasons = [choice["finish_reason"] for chunk in answer.chunks for choice in chunk["choices"]]
    assert (answer.text, answer.error, reasons.count("stop")) == (TEXT, None, 1)
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (1, 0)
    [row] = await gateway.rows()
    assert (row["status"], row["estimated"]) == ("ok", after == 7)
    assert row["output_tokens"] > 0


async def test_an_answer_ends_soon_behind_the_reason_for_its_end(gateway: Gateway) -> None:
    """Count and `[DONE]` are waited for a moment and not for the idle time; then the tokens are estimated."""
    gateway.primary.usual = broken_off(7, stalls=True)
    gateway.fleet.apply([deployment("primary", gateway.primary, patience=Patience())], [])
    async with asyncio.timeout(5):
        answer = await gateway.ask("primary", stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
    [row] = await gateway.rows()
    assert (row["status"], row["estimated"], row["output_tokens"] > 0) == ("ok", 1, True)


async def test_a_count_that_comes_a_moment_later_is_not_lost(gateway: Gateway) -> None:
    """Some providers count only once they have said why they end."""

    async def late(call: Call) -> None:
        said = events(call.body)
        await call.begin_stream()
        await call.piece(b"".join(said[:7]))
        await asyncio.sleep(0.6)
        await call.piece(b"".join(said[7:]))
        await call.end_stream()

    gateway.primary.usual = late
    answer = await gateway.ask("alone", stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
    [row] = await gateway.rows()
    assert (row["status"], row["estimated"], row["output_tokens"]) == ("ok", 0, 7)


async def test_several_answers_are_not_whole_before_each_has_ended(gateway: Gateway) -> None:
    """The first has ended, the second has not begun: that is a cut, and not gone on with."""
    gateway.primary.usual = broken_off(7)
    answer = await gateway.ask(stream=True, n=2)
    assert answer.error["code"] == "stream_cut"
    assert len(gateway.backup.calls) == 0


# Streams that break before anything is said.


ANTHROPIC_OPENING = (
    b"event: message_start\n"
    b'data: {"type": "message_start", "message": {"type": "message", "id": "msg_1", "model": "x"}}\n\n'
    b'event: ping\ndata: {"type": "ping"}\n\nevent: content_block_start\n'
    b'data: {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}\n\n'
)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("stalls", [False, True], ids=["cut", "stalled"])
async def test_an_opening_that_says_nothing_is_no_answer(gateway: Gateway, stalls: bool, n: int) -> None:
    """The role alone is not sent on: whoever answers begins, and is named by headers and chunks."""
    gateway.primary.usual = broken_off(1, stalls=stalls)
    answer = await gateway.ask(stream=True, n=n)
    assert (answer.text, answer.error) == (TEXT, None)
    assert (answer.headers["x-banyan-deployment"], answer.headers["x-banyan-route"]) == ("backup", "primary: outage")
    assert {chunk["model"] for chunk in answer.chunks} == {"backup-model-2026"}
    assert [chunk["choices"][0]["delta"].get("role") for chunk in answer.chunks].count("assistant") == 1
    assert (await gateway.statuses())[0] == ("primary", "failed")


async def test_an_opening_of_anthropic_that_says_nothing_is_no_answer(gateway: Gateway) -> None:
    """Its message has begun and its first block too, and neither has a word in it."""
    claude = Deployment("claude", "anthropic", "claude-x", {"base_url": gateway.primary.base_url, "api_key": "k"})
    chain = Alias("m", (Target("claude"), Target("backup")))
    gateway.fleet.apply([claude, deployment("backup", gateway.backup)], [chain])
    gateway.primary.usual = saying(ANTHROPIC_OPENING)
    answer = await gateway.ask(stream=True)
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "claude: outage")
    assert {chunk["model"] for chunk in answer.chunks} == {"backup-model-2026"}


async def test_an_opening_that_says_nothing_is_told_by_its_status_where_nobody_else_is(gateway: Gateway) -> None:
    """Nothing has been sent, so the failure is an error with its status, and costs nothing."""
    gateway.primary.usual = broken_off(1)
    answer = await gateway.ask("alone", stream=True)
    assert (answer.status, answer.error["code"]) == (502, "stream_cut")
    assert {(row["status"], row["cost"]) for row in await gateway.rows()} == {("failed", 0)}


async def test_the_first_word_waits_for_nothing(gateway: Gateway) -> None:
    """Opening and first word arrive while the provider still thinks about the second."""
    go_on = asyncio.Event()

    async def waits(call: Call) -> None:
        said = events(call.body)
        await call.begin_stream()
        await call.piece(said[0])
        await call.piece(said[1])
        await go_on.wait()
        await call.piece(b"".join(said[2:]))
        await call.end_stream()

    gateway.primary.usual = waits
    gateway.fleet.apply([deployment("primary", gateway.primary, patience=Patience())], [])
    body = {"model": "primary", "messages": ASK, "stream": True}
    async with asyncio.timeout(5), gateway.web.post("/v1/chat/completions", json=body) as response:
        first = await response.content.readuntil(b"\n\n")
        second = await response.content.readuntil(b"\n\n")
        go_on.set()
        rest = await response.read()
    assert json.loads(first[6:])["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert json.loads(second[6:])["choices"][0]["delta"] == {"content": "A leaf "}
    assert rest.endswith(b"data: [DONE]\n\n")


async def test_an_answer_without_a_word_is_an_answer(gateway: Gateway) -> None:
    """A model may say nothing at all; opening and end arrive as they were."""
    gateway.primary.usual = saying(b"".join(events(BODY, [])))
    answer = await gateway.ask(stream=True)
    deltas = [choice["delta"] for chunk in answer.chunks for choice in chunk["choices"]]
    assert (deltas, answer.finished, answer.error) == ([{"role": "assistant", "content": ""}, {}], True, None)
    assert len(gateway.primary.calls) == 1


def pinging(begun: int) -> Behave:
    """A stream of so many events, and then only of comments."""

    async def ping(call: Call) -> None:
        await call.begin_stream()
        for event in events(call.body)[:begun]:
            await call.piece(event)
        while not call.left.is_set():
            await call.piece(b": ping\n\n")
            await asyncio.sleep(0.02)

    return ping


async def test_a_provider_that_only_says_it_is_there_is_left_as_a_silent_one(gateway: Gateway) -> None:
    """Comments are no first word: after the time for that the next deployment is asked, and not after the deadline."""
    gateway.primary.usual = pinging(0)
    async with asyncio.timeout(3):
        answer = await gateway.ask(stream=True)
    assert (answer.text, answer.headers["x-banyan-route"]) == (TEXT, "primary: silence")
    assert (len(gateway.primary.calls), len(gateway.backup.calls)) == (1, 1)
    async with asyncio.timeout(1):
        await gateway.primary.calls[0].left.wait()


async def test_a_stream_of_comments_behind_the_first_words_counts_as_stalled(gateway: Gateway) -> None:
    """They keep it open for a few times the idle time, and then the next deployment finishes the answer."""
    gateway.primary.usual = pinging(3)
    patience = Patience(connect=1, first_byte=0.4, idle=0.1, total=60)
    others = [member.deployment for name, member in gateway.fleet.members.items() if name == "backup"]
    gateway.fleet.apply(
        [deployment("primary", gateway.primary, patience=patience), *others],
        [Alias("m", (Target("primary"), Target("backup")))],
    )
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(3):
        answer = await gateway.ask(stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
    assert asyncio.get_running_loop().time() - began > 0.3
    assert await gateway.statuses() == [("primary", "cut"), ("backup", "ok")]


async def test_comments_bridge_a_pause_that_is_longer_than_the_idle_time(gateway: Gateway) -> None:
    """A provider that says it is still at it is not left in the middle of a thought."""

    async def thoughtful(call: Call) -> None:
        said = events(call.body)
        await call.begin_stream()
        await call.piece(b"".join(said[:3]))
        for _ in range(10):
            await asyncio.sleep(0.02)
            await call.piece(b": ping\n\n")
        await call.piece(b"".join(said[3:]))
        await call.end_stream()

    gateway.primary.usual = thoughtful
    patience = Patience(connect=1, first_byte=0.4, idle=0.1, total=60)
    gateway.fleet.apply([deployment("primary", gateway.primary, patience=patience)], [])
    answer = await gateway.ask("primary", stream=True)
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)


@pytest.mark.parametrize(("begun", "total"), [(0, 60), (3, 60), (3, 0.2)], ids=["no word", "two words", "deadline"])
async def test_comments_alone_do_not_keep_the_only_deployment_for_long(
    gateway: Gateway, begun: int, total: float
) -> None:
    """Nobody else can answer, so it is waited for longer; but neither for ever nor beyond the deadline."""
    gateway.primary.usual = pinging(begun)
    patience = Patience(connect=1, first_byte=0.1, idle=0.1, total=total)
    gateway.fleet.apply([deployment("primary", gateway.primary, patience=patience)], [])
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(3):
        answer = await gateway.ask("primary", stream=True)
    assert asyncio.get_running_loop().time() - began > min(total, 0.3)
    assert answer.status == (200 if begun else 504)
    assert answer.error["code"] == ("stream_stalled" if begun else "first_byte_timeout")
    assert not answer.finished
    async with asyncio.timeout(1):
        await gateway.primary.calls[0].left.wait()


def streamed(*deltas: dict, reason: str | None = None) -> bytes:
    """Events of these deltas, and of the reason for the end where there is one."""
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    if reason is not None:
        choices.append({"index": 0, "delta": {}, "finish_reason": reason})
    chunks = [{"id": "c", "object": "chat.completion.chunk", "model": "x", "choices": [choice]} for choice in choices]
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks)


async def test_a_tool_that_another_deployment_calls_is_not_lost(gateway: Gateway) -> None:
    """Text that broke off is finished by one that repeats it and then calls a tool: the call arrives."""
    gateway.primary.usual = broken_off(3, stalls=True)
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    said = streamed({"content": "A leaf "}, {"content": "makes "}, {"tool_calls": [call]}, reason="tool_calls")
    gateway.backup.usual = saying(said)
    answer = await gateway.ask(stream=True)
    deltas = [choice["delta"] for chunk in answer.chunks for choice in chunk["choices"]]
    assert (answer.text, answer.error) == ("A leaf makes ", None)
    assert [delta["tool_calls"] for delta in deltas if "tool_calls" in delta] == [[call]]


async def test_a_tool_call_instead_of_the_text_that_broke_off_is_an_error(gateway: Gateway) -> None:
    """Who had said something else first would have meant another call."""
    gateway.primary.usual = broken_off(3, stalls=True)
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    gateway.backup.usual = saying(streamed({"tool_calls": [call]}, reason="tool_calls"))
    answer = await gateway.ask(stream=True)
    assert (answer.finished, answer.error["code"]) == (False, "stream_cut")


@pytest.mark.parametrize(
    "delta",
    [{"function_call": {"name": "f", "arguments": '{"a":'}}, {"refusal": "I must"}],
    ids=["function", "refusal"],
)
async def test_half_of_what_is_no_text_is_not_gone_on_with(gateway: Gateway, delta: dict) -> None:
    """A function's arguments in the older shape, and a refusal, end in an error, and are paid."""
    gateway.primary.usual = saying(streamed(delta))
    answer = await gateway.ask(stream=True)
    assert (answer.finished, answer.error["code"]) == (False, "stream_cut")
    assert len(gateway.backup.calls) == 0
    [row] = await gateway.rows()
    assert (row["status"], row["output_tokens"] > 0) == ("cut", True)


async def test_an_answer_without_an_end_is_not_kept_to_go_on_from(gateway: Gateway) -> None:
    """Beyond a million characters the text is only passed on; a break then ends in an error."""
    gateway.primary.usual = saying(*[streamed({"content": "word " * 20_000})] * 11)
    answer = await gateway.ask(stream=True)
    assert (len(answer.text), answer.error["code"]) == (1_100_000, "stream_cut")
    assert len(gateway.backup.calls) == 0


async def test_one_of_several_answers_is_not_gone_on_with(gateway: Gateway) -> None:
    """Although nothing of the second has come yet."""
    gateway.primary.usual = broken_off(3)
    answer = await gateway.ask(stream=True, n=2)
    assert (answer.finished, answer.error["code"]) == (False, "stream_cut")
    assert len(gateway.primary.calls) == 1


async def test_thoughts_that_broke_off_are_paid_and_not_sent_twice(gateway: Gateway) -> None:
    """A reasoning model is cut before its first word: the next one answers, and the thoughts are in the books."""
    gateway.primary.usual = saying(streamed(*[{"reasoning_content": "First the light. "}] * 10))
    answer = await gateway.ask(stream=True)
    deltas = [choice["delta"] for chunk in answer.chunks for choice in chunk["choices"]]
    assert (answer.text, answer.error) == (TEXT, None)
    assert len([delta for delta in deltas if "reasoning_content" in delta]) == 10
    rows = await gateway.rows()
    assert [(row["deployment"], row["status"]) for row in rows] == [
        ("primary", "cut"),
        ("primary", "cut"),
        ("backup", "ok"),
    ]
    assert all(row["output_tokens"] > 0 and row["cost"] > 0 for row in rows)


@pytest.mark.parametrize("stream", STREAMED)
@pytest.mark.parametrize("bad", [b"\\ud83d", b"\xff"], ids=["half a pair", "no UTF-8"])
async def test_a_broken_character_costs_no_answer(gateway: Gateway, bad: bytes, stream: bool) -> None:
    """It becomes the sign for one that is unknown; everything around it arrives."""
    if stream:
        gateway.primary.usual = saying(*(event.replace(b"sugar", b"su" + bad + b"gar") for event in events(BODY)))
    else:
        gateway.primary.usual = plain(completion(BODY).replace(b"sugar", b"su" + bad + b"gar"))
    answer = await gateway.ask(stream=stream)
    assert (answer.text, answer.error) == (TEXT.replace("sugar", "su\ufffdgar"), None)
    assert answer.headers["x-banyan-deployment"] == "primary"


# Requests that not every provider can express.


@pytest.mark.parametrize("stream", STREAMED)
async def test_what_one_provider_cannot_express_is_asked_of_the_next(gateway: Gateway, stream: bool) -> None:
    """Anthropic gives one answer a request; OpenAI gives two, and nothing is sent to the former."""
    claude = Deployment("claude", "anthropic", "claude-x", {"base_url": gateway.primary.base_url, "api_key": "k"})
    others = [deployment("backup", gateway.backup)]
    gateway.fleet.apply([claude, *others], [Alias("m", (Target("claude"), Target("backup")))])
    answer = await gateway.ask(stream=stream, n=2)
    assert (answer.status, answer.headers["x-banyan-deployment"]) == (200, "backup")
    assert answer.headers["x-banyan-route"] == "claude: incapable"
    assert len(gateway.primary.calls) == 0


async def test_an_outage_is_told_rather_than_what_the_fallback_cannot_express(gateway: Gateway) -> None:
    """The request was right for the deployment that failed: 502, and not a 400 that blames the caller."""
    claude = Deployment("claude", "anthropic", "claude-x", {"base_url": gateway.primary.base_url, "api_key": "k"})
    others = [deployment("backup", gateway.backup)]
    gateway.fleet.apply(
        [claude, *others], [Alias("m", (Target("backup"), Target("claude"))), Alias("one", (Target("claude"),))]
    )
    gateway.backup.usual = refusing(500)
    assert (await gateway.ask(n=2)).status == 502
    alone = await gateway.ask("one", n=2)
    assert (alone.status, alone.error["param"]) == (400, "n")


# The breaker.


async def test_a_deployment_that_is_down_is_left_alone_and_used_again_after(gateway: Gateway) -> None:
    """It is asked no more once the breaker is open, once per pause after that, and always when it is back."""
    gateway.primary.usual = refusing(500)
    for _ in range(6):
        assert (await gateway.ask()).headers["x-banyan-deployment"] == "backup"
    asked = len(gateway.primary.calls)
    answer = await gateway.ask()
    assert (answer.headers["x-banyan-route"], len(gateway.primary.calls)) == ("primary: circuit_open", asked)
    refused = await gateway.ask("alone")
    assert (refused.status, refused.error["code"]) == (503, "circuit_open")
    assert int(refused.headers["retry-after"]) >= 1
    await asyncio.sleep(0.6)
    await asyncio.gather(*(gateway.ask() for _ in range(20)))
    assert len(gateway.primary.calls) == asked + 1
    gateway.primary.usual = well
    await asyncio.sleep(0.6)
    assert {(await gateway.ask()).headers["x-banyan-deployment"] for _ in range(3)} == {"primary"}


async def test_an_open_breaker_makes_no_fallback_of_the_caller_s_mistake(gateway: Gateway) -> None:
    """The next deployment says what is wrong, and that is the answer."""
    gateway.primary.usual = refusing(500)
    for _ in range(6):
        await gateway.ask()
    gateway.backup.usual = refusing(400, "Bad tools.")
    before = len(gateway.backup.calls)
    assert (await gateway.ask()).status == 400
    assert len(gateway.backup.calls) == before + 1


# The client.


@pytest.mark.parametrize("fault", [silent, broken_off(3, stalls=True)], ids=["silent", "stalled"])
@pytest.mark.parametrize("stream", STREAMED)
async def test_a_client_that_leaves_takes_the_upstream_call_with_it(
    gateway: Gateway, fault: Behave, stream: bool
) -> None:
    """Within a second; what had come by then is in the books."""
    if fault is not silent and not stream:
        pytest.skip("a plain answer does not stall between tokens")
    patient = [
        deployment("primary", gateway.primary, patience=gateway.fleet.member("backup").deployment.patience),
    ]
    gateway.fleet.apply(patient, [Alias("m", (Target("primary"),))])
    gateway.primary.usual = fault
    body = {"model": "m", "messages": ASK, "stream": stream}
    post = asyncio.create_task(_read_a_bit(gateway.web, body, stream and fault is not silent))
    await gateway.primary.called.wait()
    async with asyncio.timeout(5):
        if stream and fault is not silent:
            await post
        else:
            await asyncio.sleep(0.05)
            post.cancel()
            await asyncio.gather(post, return_exceptions=True)
    async with asyncio.timeout(1):
        await gateway.primary.calls[0].left.wait()
    await gateway.fleet.member("primary").guard.idle.wait()
    [row] = await gateway.rows()
    began = stream and fault is not silent
    assert row["status"] == ("cut" if began else "cancelled")
    assert row["estimated"]
    assert (row["output_tokens"] > 0) == began


async def _read_a_bit(web: aiohttp.ClientSession, body: dict, events_first: bool) -> None:
    async with web.post("/v1/chat/completions", json=body) as response:
        if events_first:
            await response.content.readany()


async def test_the_deadline_holds_for_all_tries_together(gateway: Gateway) -> None:
    """Not once per try: four slow deployments do not make four times the wait."""
    members = [member.deployment for member in gateway.fleet.members.values()]
    short = [
        deployment(name, gateway.primary, patience=members[0].patience.__class__(first_byte=0.4, total=1.0))
        for name in ("a", "b", "c", "d")
    ]
    gateway.fleet.apply(short, [Alias("slow", tuple(Target(one.name) for one in short))])
    gateway.primary.usual = silent
    began = asyncio.get_running_loop().time()
    answer = await gateway.ask("slow")
    assert answer.status == 504
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_deployments_change_without_a_dropped_stream(gateway: Gateway) -> None:
    """A stream that runs while its deployment is taken away ends as it began."""
    go_on = asyncio.Event()

    async def waits(call: Call) -> None:
        await call.begin_stream()
        said = events(call.body)
        for event in said[:3]:
            await call.piece(event)
        await go_on.wait()
        for event in said[3:]:
            await call.piece(event)
        await call.end_stream()

    patience = gateway.fleet.member("primary").deployment.patience.__class__(idle=10, first_byte=10)
    gateway.fleet.apply([deployment("primary", gateway.primary, patience=patience)], [Alias("m", (Target("primary"),))])
    gateway.primary.usual = waits
    running = asyncio.create_task(gateway.ask(stream=True))
    await gateway.primary.called.wait()
    gateway.fleet.apply([deployment("backup", gateway.backup)], [Alias("m", (Target("backup"),))])
    assert (await gateway.ask()).headers["x-banyan-deployment"] == "backup"
    go_on.set()
    answer = await running
    assert (answer.text, answer.finished, answer.error) == (TEXT, True, None)
