"""The head and the body of a plain answer leave in one packet, and no head is kept for good."""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from banyan.app.http_protocol import OnePacketCycle, OnePacketProtocol
from banyan.app.listening import bind
from banyan.app.servers import serving


class Wire(asyncio.Transport):
    """Remembers what is written to it, packet by packet."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: list[bytes] = []

    def write(self, data: Any) -> None:
        self.packets.append(bytes(data))

    def close(self) -> None:
        self.packets.append(b"closed")


def cycle_on(wire: Wire, *, keep_alive: bool = True) -> OnePacketCycle:
    """A request that waits for its answer."""
    return OnePacketCycle(
        scope={"type": "http", "method": "GET", "http_version": "1.1"},  # type: ignore[typeddict-item]
        transport=wire,
        flow=FlowControl(wire),
        logger=logging.getLogger(),
        access_logger=logging.getLogger(),
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )


def start(*headers: tuple[bytes, bytes]) -> Any:
    """The beginning of an answer."""
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body(data: bytes, *, more: bool = False) -> Any:
    """A piece of its body."""
    return {"type": "http.response.body", "body": data, "more_body": more}


LENGTH = (b"content-length", b"2")
HEAD = b"HTTP/1.1 200 OK\r\ndate: today\r\n"
PLAIN = HEAD + b"content-length: 2\r\n\r\n"
STREAM = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("messages", "packets"),
    [
        ([start(LENGTH), body(b"{}")], [PLAIN + b"{}"]),
        ([start(LENGTH), body(b"{", more=True), body(b"}")], [PLAIN, b"{", b"}"]),
        ([start(), body(b"{}", more=True), body(b"")], [STREAM, b"2\r\n{}\r\n", b"0\r\n\r\n"]),
        ([start(), body(b"{}")], [STREAM, b"2\r\n{}\r\n0\r\n\r\n"]),
        ([start(LENGTH)], []),
    ],
)
async def test_only_a_head_with_a_length_waits_for_its_body(messages: list[Any], packets: list[bytes]) -> None:
    """A stream's head leaves at once, because its first event may take long."""
    wire = Wire()
    cycle = cycle_on(wire)
    for message in messages:
        await cycle.send(message)
    assert wire.packets == packets


@pytest.mark.parametrize("headers", [[LENGTH], [LENGTH, (b"connection", b"Close")]])
async def test_a_connection_that_is_not_kept_says_so_and_closes(headers: list[tuple[bytes, bytes]]) -> None:
    """Whether the client asked for that or the answer says it."""
    wire = Wire()
    cycle = cycle_on(wire, keep_alive=len(headers) > 1)
    await cycle.send(start(*headers))
    await cycle.send(body(b"{}"))
    assert wire.packets[0].lower().count(b"\r\nconnection: close\r\n") == 1
    assert wire.packets[1:] == [b"closed"]


@pytest.mark.parametrize("bad", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b"])
async def test_a_line_break_in_a_header_begins_no_header_of_its_own(bad: bytes) -> None:
    """Nothing is sent then, so the server can still answer that it failed."""
    wire = Wire()
    cycle = cycle_on(wire)
    await cycle.send(start(LENGTH, (b"x-name", bad)))
    with pytest.raises(RuntimeError):
        await cycle.send(body(b"{}"))
    assert (wire.packets, cycle.response_started) == ([], False)


async def test_a_body_of_another_length_than_stated_is_not_sent() -> None:
    """Or the next answer on the connection would begin in the middle of this one."""
    wire = Wire()
    cycle = cycle_on(wire)
    await cycle.send(start(LENGTH))
    with pytest.raises(RuntimeError):
        await cycle.send(body(b"{...}"))
    assert wire.packets == []


@pytest.mark.parametrize(("method", "body"), [("GET", b"hello"), ("HEAD", b"")])
async def test_an_answer_is_whole_on_the_wire(method: str, body: bytes) -> None:
    """Also that to HEAD, whose head has no body to leave with."""

    async def greet(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving({bound: greet}) as stop, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            for _ in range(2):  # the second on the same connection
                writer.write(f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 OK\r\n")
                assert await reader.readexactly(len(body)) == body
            writer.close()
            await writer.wait_closed()
            await stop()


async def test_a_client_that_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer ends as if it had left, whatever is still to be said, and little was waiting for it."""
    monkeypatch.setattr(OnePacketProtocol, "stalled_seconds", 0.2)
    left = asyncio.Event()
    said = 0

    async def talk(scope: Any, receive: Any, send: Any) -> None:
        async def watch() -> None:
            await receive()
            while (await receive())["type"] != "http.disconnect":
                pass
            left.set()

        watcher = asyncio.create_task(watch())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        nonlocal said
        while not left.is_set():
            await send({"type": "http.response.body", "body": b"word " * 1000, "more_body": True})
            said += 5000
        await watcher

    bound = bind("127.0.0.1", 0, "--port")
    async with serving({bound: talk}):
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, bound.getsockname())
            await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(5):
                await left.wait()
    assert said < 1_000_000


async def test_a_head_that_does_not_end_is_refused_before_it_fills_the_memory() -> None:
    """Whoever sends it needs no key for that; the next request on another connection is answered."""

    async def greet(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving({bound: greet}) as stop, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
            with suppress(ConnectionError):
                for _ in range(40):
                    writer.write(b"a" * 100_000)
                    await writer.drain()
            with suppress(ConnectionError):
                assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 30_000 + b"\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
            writer.close()
            await writer.wait_closed()
            await stop()


@pytest.mark.parametrize("apart", [False, True], ids=["one packet", "two packets"])
async def test_a_wish_to_speak_http_2_costs_no_body(*, apart: bool) -> None:
    """Java's client has it in every request, and curl on demand. Nor does the body become a request of its own."""
    asked: list[tuple[str, bytes, list[bytes]]] = []
    begun = asyncio.Event()

    async def greet(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        message: Any = {"more_body": True}
        said = b""
        while message.get("more_body"):
            message = await receive()
            said += message.get("body", b"")
        asked.append((scope["path"], said, [name for name, _ in scope["headers"]]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})

    hidden = b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
    head = b"POST /v1 HTTP/1.1\r\nHost: x\r\n%bContent-Length: %d\r\n\r\n" % (wish, len(hidden))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving({bound: greet}) as stop, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            for _ in range(2):
                begun.clear()
                writer.write(head if apart else head + hidden)
                await begun.wait()
                writer.write(hidden if apart else b"")
                assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
            writer.close()
            await writer.wait_closed()
            await stop()
    assert asked == [("/v1", hidden, [b"host", b"content-length"])] * 2


async def test_a_stream_for_a_client_of_http_1_0_has_no_chunks() -> None:
    """It knows none, and would take their lengths for text."""

    async def talk(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"data: 1\n\n", b"data: 2\n\n"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving({bound: talk}) as stop, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
            head, _, said = (await reader.read()).partition(b"\r\n\r\n")
            assert b"transfer-encoding" not in head.lower()
            assert said == b"data: 1\n\ndata: 2\n\n"
            writer.close()
            await writer.wait_closed()
            await stop()
