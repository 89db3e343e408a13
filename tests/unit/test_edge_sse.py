"""Streams are framed as the contract says, whatever happens in the middle."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest

from banyan.edge.http.sse import BEAT, named_event, send_events, with_heartbeats
from banyan.kernel.errors import NotFound, Unavailable, UpstreamFailed

SCOPE = {"type": "http", "path": "/x", "banyan.request_id": "req_1"}


class Client:
    """Collects what is sent; leaves after `patience` messages."""

    def __init__(self, patience: int = 1000) -> None:
        self.messages: list[dict] = []
        self._patience = patience
        self.patience_is_over = asyncio.Event()

    async def receive(self) -> dict:
        await self.patience_is_over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        self.messages.append(message)
        if len(self.messages) == self._patience:
            self.patience_is_over.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


async def test_a_stream_is_data_lines_and_one_done() -> None:
    """Each item is one event; the end marker comes once."""

    async def items() -> AsyncGenerator[bytes, None]:
        yield b'{"a":1}'
        yield b'{"b":2}'

    client = Client()
    await send_events(items(), SCOPE, client.receive, client.send)
    assert client.body == b'data: {"a":1}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n'
    assert [message.get("more_body") for message in client.messages] == [None, True, True, None]


async def test_an_event_leaves_as_soon_as_its_source_pauses() -> None:
    """What comes first leaves at once; what comes behind it without a pause leaves together."""
    client = Client(patience=2)

    async def items() -> AsyncGenerator[bytes, None]:
        yield b"1"
        await asyncio.wait_for(client.patience_is_over.wait(), 5)
        yield b"2"
        yield b"3"
        yield b"4"

    await send_events(items(), SCOPE, asyncio.Event().wait, client.send)
    bodies = [message["body"] for message in client.messages[1:]]
    assert bodies == [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\ndata: 4\n\n", b"data: [DONE]\n\n"]


@pytest.mark.parametrize("error", [UpstreamFailed("It broke off; try again."), RuntimeError("secret")])
async def test_what_breaks_in_the_middle_becomes_an_error_event(error: Exception) -> None:
    """The learner sees what came, then an error, then the end marker."""

    async def items() -> AsyncGenerator[bytes, None]:
        yield b"{}"
        raise error

    client = Client()
    await send_events(items(), SCOPE, client.receive, client.send)
    events = client.body.split(b"\n\n")
    assert len(events) == 4
    assert events[1].startswith(b'data: {"error":{')
    assert events[2:] == [b"data: [DONE]", b""]
    assert b"secret" not in client.body


async def test_what_breaks_before_the_first_item_is_raised() -> None:
    """As long as nothing is out, the answer can still have the status of an error."""

    async def items() -> AsyncGenerator[bytes, None]:
        raise NotFound("No such model; choose another.")
        yield b""

    client = Client()
    with pytest.raises(NotFound):
        await send_events(items(), SCOPE, client.receive, client.send)
    assert client.messages == []


async def test_a_client_that_leaves_closes_the_source_at_once() -> None:
    """The source is cancelled where it waits, and cleans up before the call returns."""
    closed = []

    async def items() -> AsyncGenerator[bytes, None]:
        try:
            yield b"{}"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    client = Client(patience=2)
    async with asyncio.timeout(5):
        await send_events(items(), SCOPE, client.receive, client.send)
    assert closed == [True]
    assert b"[DONE]" not in client.body


async def test_a_server_that_stops_says_so_in_the_stream() -> None:
    """The client reads an error event and the end marker, not half an answer without a word."""
    waiting = asyncio.Event()

    async def items() -> AsyncGenerator[bytes, None]:
        yield b"{}"
        waiting.set()
        await asyncio.Event().wait()

    client = Client()
    task = asyncio.create_task(send_events(items(), SCOPE, client.receive, client.send))
    await waiting.wait()
    task.cancel()
    await task
    [begun, failed, done] = client.body.decode().removesuffix("\n\n").split("\n\n")
    assert (begun, done) == ("data: {}", "data: [DONE]")
    assert json.loads(failed.removeprefix("data: "))["error"]["code"] == "stopping"


async def test_a_server_that_stops_before_the_first_item_refuses() -> None:
    """There the answer can still be an error with its status."""
    waiting = asyncio.Event()

    async def items() -> AsyncGenerator[bytes, None]:
        waiting.set()
        await asyncio.Event().wait()
        yield b"{}"

    client = Client()
    task = asyncio.create_task(send_events(items(), SCOPE, client.receive, client.send))
    await waiting.wait()
    task.cancel()
    with pytest.raises(Unavailable, match="ask again"):
        await task
    assert client.messages == []


async def test_a_stream_of_named_events_has_names_and_no_done() -> None:
    """As the Responses API sends them."""

    async def items() -> AsyncGenerator[bytes, None]:
        yield named_event("response.created", b'{"a":1}')
        raise UpstreamFailed("It broke; ask again.")

    client = Client()
    await send_events(items(), SCOPE, client.receive, client.send, named=True)
    first, second, rest = client.body.split(b"\n\n")
    assert first == b'event: response.created\ndata: {"a":1}'
    assert second.startswith(b"event: error\ndata: {")
    assert rest == b""


async def test_a_stream_that_is_quiet_beats_and_closes_its_source() -> None:
    """Items come in their order, a beat stands where none came in time, and what breaks is raised after them."""
    gate, closed = asyncio.Event(), []

    async def source() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await gate.wait()
            yield b"two"
            raise ValueError("broken")
        finally:
            closed.append(True)

    items = with_heartbeats(source(), seconds=0.01)
    assert await anext(items) == b"one"
    assert await anext(items) is BEAT
    gate.set()
    rest: list[bytes] = []
    with pytest.raises(ValueError, match="broken"):
        await _read(items, rest)
    assert [item for item in rest if item is not BEAT] == [b"two"]
    assert closed == [True]


async def _read(items: AsyncGenerator[bytes, None], into: list[bytes]) -> None:
    async for item in items:
        into.append(item)
