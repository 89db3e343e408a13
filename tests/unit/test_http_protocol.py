"""The head and the body of a plain answer leave in one packet, and no head is kept for good."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from banyan.app.http_protocol import HeadHolder, OnePacketProtocol
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


PLAIN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("steps", "packets"),
    [
        ([PLAIN, b"{}", PLAIN, b"[]"], [PLAIN + b"{}", PLAIN + b"[]"]),
        ([STREAM, b"2\r\n{}\r\n", b"0\r\n\r\n"], [STREAM, b"2\r\n{}\r\n", b"0\r\n\r\n"]),
        ([PLAIN, HeadHolder.release, HeadHolder.release], [PLAIN]),
        ([PLAIN, HeadHolder.close], [PLAIN, b"closed"]),
    ],
)
def test_only_a_head_with_a_length_waits_for_its_body(
    steps: list[bytes | Callable[[HeadHolder], None]], packets: list[bytes]
) -> None:
    """A stream's head leaves at once, because its first event may take long; nothing is lost at a close."""
    wire = Wire()
    holder = HeadHolder(wire)
    for step in steps:
        if isinstance(step, bytes):
            holder.write(step)
        else:
            step(holder)
    assert wire.packets == packets


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

    async def talk(scope: Any, receive: Any, send: Any) -> None:
        async def watch() -> None:
            await receive()
            while (await receive())["type"] != "http.disconnect":
                pass
            left.set()

        watcher = asyncio.create_task(watch())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not left.is_set():
            await send({"type": "http.response.body", "body": b"word " * 10_000, "more_body": True})
        await watcher

    bound = socket.create_server(("127.0.0.1", 0))
    async with serving({bound: talk}):
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, bound.getsockname())
            await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(5):
                await left.wait()


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
