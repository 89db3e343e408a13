"""HTTP as the server library speaks it, with the head and the body of a plain answer in one packet."""

import asyncio
import json
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STALLED_SECONDS = 30.0
"""How long a client may leave what is sent to it unread. What waits for it holds memory, and an answer that is paid."""
MOST_HEAD_BYTES = 64 * 1024
"""The library keeps a head of any size, whoever sends it; one that comes in several packets ends here."""
_SENTENCE = "The headers of this request are too large; send fewer or shorter ones."


class OnePacketProtocol(HttpToolsProtocol):
    """The library writes the head by itself, and uvloop sends each write at once: a system call too many.

    A client that reads slowly slows its answer down; one that takes next to nothing for `stalled_seconds` is cut off,
    and that ends its answer as if it had left.
    """

    stalled_seconds = STALLED_SECONDS
    _stalled: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0

    def pause_writing(self) -> None:
        """As the base class, and begins to count."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stalled_seconds, self._holder.abort)

    def resume_writing(self) -> None:
        """As the base class: the client has read on."""
        super().resume_writing()
        self._count_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """As the base class."""
        self._count_no_more()
        super().connection_lost(exc)

    def _count_no_more(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def data_received(self, data: bytes) -> None:
        """As the base class, while the head is not too large."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                if not self._holder.is_closing():
                    self._holder.write(too_large())
                    self._holder.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """As the base class."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """As the base class."""
        self._in_head = False
        super().on_headers_complete()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As the base class."""
        self._holder = HeadHolder(transport)
        super().connection_made(cast(asyncio.Transport, self._holder))

    def on_response_complete(self) -> None:
        """As the base class. An answer to HEAD has no body for its head to wait for."""
        self._holder.release()
        super().on_response_complete()


def too_large() -> bytes:
    """The answer to a head without an end."""
    error = {"message": _SENTENCE, "type": "invalid_request_error", "code": "headers_too_large", "param": None}
    body = json.dumps({"error": error, "message": _SENTENCE, "detail": _SENTENCE}).encode()
    head = f"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"content-type: application/json\r\nconnection: close\r\n\r\n" + body


class HeadHolder:
    """A transport that keeps the head of an answer back until its body is written.

    Only a head that states a length is kept: that body is there already, while a stream may begin much later.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As a transport does."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 ") and b"\r\ncontent-length: " in data:
            self._head = data
            return
        self._transport.write(data)

    def close(self) -> None:
        """As a transport does, after sending what was kept back."""
        self.release()
        self._transport.close()

    def release(self) -> None:
        """Sends what was kept back."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
