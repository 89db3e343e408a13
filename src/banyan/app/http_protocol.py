"""HTTP as the server library speaks it, with the head and the body of a plain answer in one packet."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OnePacketProtocol(HttpToolsProtocol):
    """The library writes the head by itself, and uvloop sends each write at once: a system call too many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As the base class."""
        self._holder = HeadHolder(transport)
        super().connection_made(cast(asyncio.Transport, self._holder))

    def on_response_complete(self) -> None:
        """As the base class. An answer to HEAD has no body for its head to wait for."""
        self._holder.release()
        super().on_response_complete()


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
