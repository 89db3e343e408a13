"""HTTP as the server library speaks it, with the head and the body of a plain answer in one packet."""

import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

STALLED_SECONDS = 30.0
"""How long a client may leave what is sent to it unread. What waits for it holds memory, and an answer that is paid."""
MOST_HEAD_BYTES = 64 * 1024
"""The library keeps a head of any size, whoever sends it; one that comes in several packets ends here."""
_WISH = (b"connection", b"upgrade", b"http2-settings")
_SENTENCE = "The headers of this request are too large; send fewer or shorter ones."


class OnePacketProtocol(HttpToolsProtocol):
    """A protocol whose answers are written by `OnePacketCycle`.

    A client that reads slowly slows its answer down; one that takes next to nothing for `stalled_seconds` is cut off,
    and that ends its answer as if it had left.
    """

    stalled_seconds = STALLED_SECONDS
    _stalled: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0
    _data = _again = b""

    def pause_writing(self) -> None:
        """As the base class, and begins to count."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stalled_seconds, self._abort)

    def resume_writing(self) -> None:
        """As the base class: the client has read on."""
        super().resume_writing()
        self._count_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """As the base class."""
        self._count_no_more()
        super().connection_lost(exc)

    def _abort(self) -> None:
        self.transport.abort()

    def _count_no_more(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def data_received(self, data: bytes) -> None:
        """As the base class, while the head is not too large."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                if not self.transport.is_closing():
                    self.transport.write(too_large())
                    self.transport.close()
                return
        self._data = data
        super().data_received(data)
        while self._again and not self.transport.is_closing():
            self._data, self._again = self._again, b""
            super().data_received(self._data)
        self._data = self._again = b""

    def _should_upgrade(self) -> bool:
        return True

    def handle_websocket_upgrade(self) -> None:
        """Reads a request with a wish for another protocol (h2c, say) once more, without the wish.

        The parser takes what follows the head for that protocol: a body would be lost, or read as the next request.
        """
        wish = sys.exception()
        if wish is None or self.scope["method"] == "CONNECT":
            self.send_400_response("There is no tunnel here.")
            return
        head = [f"{self.scope['method']} ".encode(), self.url, f" HTTP/{self.scope['http_version']}\r\n".encode()]
        for name, value in self.headers:
            if name not in _WISH:
                head += (name, b": ", value, b"\r\n")
            elif name == b"connection" and b"close" in value.lower():
                head.append(b"connection: close\r\n")
        self._again = b"".join([*head, b"\r\n", self._data[wish.args[0] :]])

    def on_message_begin(self) -> None:
        """As the base class."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """As the base class, which has no other place to say how its answers are written; they begin later."""
        self._in_head = False
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.__class__ = OnePacketCycle


def too_large() -> bytes:
    """The answer to a head without an end."""
    error = {"message": _SENTENCE, "type": "invalid_request_error", "code": "headers_too_large", "param": None}
    body = json.dumps({"error": error, "message": _SENTENCE, "detail": _SENTENCE}).encode()
    head = f"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"content-type: application/json\r\nconnection: close\r\n\r\n" + body


class OnePacketCycle(RequestResponseCycle):
    """A request and its answer, whose head leaves with its body where it states a length.

    The library writes the head by itself, and uvloop sends each write at once: a system call too many. The head of a
    stream, which has no length, leaves at once, because its first event may come much later.
    """

    _kept: Any = None
    _is_open_end = False

    async def send(self, message: Any) -> None:
        """As the base class. Raises: RuntimeError for messages out of order, and for a head that would be two."""
        kept = self._kept
        if kept is None:
            if self.response_started or self.access_log or _length(message.get("headers", ())) is None:
                if self.scope["http_version"] == "1.0":
                    self._end_by_closing(message)
                await super().send(message)
            else:
                self._kept = message
            return
        self._kept = None
        if message["type"] != "http.response.body" or message.get("more_body"):
            await super().send(kept)
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        body: bytes = message.get("body", b"")
        has_body = self.scope["method"] != "HEAD"
        if has_body and len(body) != _length(kept["headers"]):
            raise RuntimeError("The body of an answer is not as long as its head says.")
        head = self._head(kept["status"], [*self.default_headers, *kept["headers"]])
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(head + body if has_body else head)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _end_by_closing(self, message: Any) -> None:
        """HTTP/1.0 has no chunks: where no length is stated, the end of the connection is the end of the body."""
        if message["type"] == "http.response.body":
            if self._is_open_end:
                self.expected_content_length = len(message.get("body", b""))
        elif _length(message.get("headers", ())) is None:
            self._is_open_end, self.chunked_encoding = True, False

    def _head(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        if not self.keep_alive and all(name != b"connection" for name, _ in headers):
            headers.append((b"connection", b"close"))
        parts = [STATUS_LINE[status]]
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
            if name == b"connection" and b"close" in value.lower():
                self.keep_alive = False
        parts.append(b"\r\n")
        head = b"".join(parts)
        lines = len(headers) + 2
        if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
            raise RuntimeError("A header of an answer has a line break in it.")
        return head


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name == b"content-length":
            return int(value)
    return None
