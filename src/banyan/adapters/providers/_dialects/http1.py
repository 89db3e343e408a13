"""The little of an HTTP/1.1 client that calls to providers need, on the parser that the server uses as well.

Requests are POSTs of a body in memory and small GETs; answers are read in pieces. No redirects, cookies or proxies.
"""

import asyncio
import re
import ssl
import zlib
from collections import deque
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import httptools
from yarl import URL

_KEPT_SECONDS = 15
"""An idle connection is used again for so long; servers close theirs after some time, often 20 seconds or more."""
_LONGEST_HEAD = 256 * 1024
"""Bytes of status and headers, beside what one packet brings; no provider says so much about an answer."""
_MOST_BUFFERED = 64 * 1024
"""Bytes of an answer that nobody has read yet, from which on the sender has to wait."""
_BREAKS = re.compile(r"[\r\n]")
_MOST_INFLATED = 16 * 1024 * 1024
"""Bytes that one packet may become; an answer of text becomes a tenth of that, a bomb a thousand times as much."""
_INFLATERS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class ConnectFailed(Exception):
    """There is nobody at the address, or the handshake failed."""


class Broken(Exception):
    """The connection broke, or what came is no HTTP."""


class Pool:
    """Connections to one origin, opened as they are needed and kept while they are good."""

    def __init__(self, origin: URL, headers: Mapping[str, str]) -> None:
        self._host, self._port = origin.host or "", origin.port or 443
        self._tls = _tls() if origin.scheme == "https" else None
        authority = origin.host_port_subcomponent or ""
        self._head = _lines({"Host": authority, **headers})
        self._idle: deque[_Connection] = deque()
        self._all: set[_Connection] = set()

    async def request(
        self, method: str, target: str, body: bytes, extra: Mapping[str, str], *, connect: float, within: float | None
    ) -> "Response":
        """The answer, as soon as its head is there.

        connect: seconds for opening a connection. within: seconds until the head of the answer; None for any.
        Raises: ConnectFailed; Broken; TimeoutError.
        """
        more = _lines(extra) if extra else ""
        head = f"{method} {target} HTTP/1.1\r\n{self._head}{more}Content-Length: {len(body)}\r\n\r\n"
        connection = self._kept() or await self._open(connect)
        return await connection.ask(head.encode("latin-1") + body, within)

    async def close(self) -> None:
        """Drops every connection."""
        for connection in list(self._all):
            connection.drop()

    def _kept(self) -> "_Connection | None":
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now - connection.idle_since < _KEPT_SECONDS:
                return connection
            connection.drop()
        return None

    async def _open(self, seconds: float) -> "_Connection":
        try:
            async with asyncio.timeout(seconds):
                name = self._host if self._tls is not None else None
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(self), self._host, self._port, ssl=self._tls, server_hostname=name
                )
        except (OSError, TimeoutError) as error:
            raise ConnectFailed(str(error)) from error
        return connection

    def opened(self, connection: "_Connection") -> None:
        """A connection stands."""
        self._all.add(connection)

    def free(self, connection: "_Connection") -> None:
        """A connection waits for its next request."""
        self._idle.append(connection)

    def gone(self, connection: "_Connection") -> None:
        """A connection is closed."""
        self._all.discard(connection)


class Response:
    """Status, headers (names in lower case) and the body, piece by piece. `close` it, or read it to its end."""

    def __init__(self, connection: "_Connection", status: int, headers: Mapping[str, str]) -> None:
        self._connection = connection
        self.status = status
        self.headers = headers

    @property
    def content_type(self) -> str:
        """Without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def piece(self) -> bytes:
        """The next bytes; empty at the end. Raises: Broken, TimeoutError."""
        return await self._connection.piece()

    async def read(self, most: int) -> bytes:
        """The body as far as `most` bytes and a little more. Raises: as `piece`."""
        piece = await self._connection.piece()
        if self._connection.is_done and not self._connection.has_more:
            return piece
        parts, size = [piece], len(piece)
        while piece and size <= most:
            piece = await self._connection.piece()
            parts.append(piece)
            size += len(piece)
        return b"".join(parts)

    def fail(self, error: Exception) -> None:
        """Whoever waits for a piece gets this error."""
        self._connection.fail(error)

    def close(self) -> None:
        """Keeps the connection if the answer was read to its end, and drops it otherwise."""
        self._connection.release()


class _Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._start()
        self.is_open = False
        self.idle_since = 0.0

    def _start(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._fields: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._paused = False
        self._headed = False
        self._head_size = 0
        self._status = 0
        self._inflate: Any = None
        self._error: Exception | None = None
        self._keep_alive = False
        self.is_done = False

    @property
    def has_more(self) -> bool:
        """Whether pieces wait to be read."""
        return bool(self._pieces)

    async def ask(self, request: bytes, within: float | None) -> Response:
        """As `Pool.request`."""
        if self._headed:
            self._start()
        assert self._transport is not None
        timer = None if within is None else self._loop.call_later(within, self.fail, TimeoutError())
        try:
            self._transport.write(request)
            while not self._headed:
                if self._error is not None:
                    raise self._error
                await self._wait()
        except BaseException:
            self.drop()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        return Response(self, self._status, self._fields)

    async def piece(self) -> bytes:
        """As `Response.piece`."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.is_done:
                return b""
            await self._wait()
        piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._buffered = 0
        if self._paused and self._transport is not None and self.is_open:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def fail(self, error: Exception) -> None:
        """Whoever waits gets this error."""
        if self._error is None and not self.is_done:
            self._error = error
        self._notify()

    def release(self) -> None:
        """As `Response.close`."""
        if self.is_done and self._error is None and self._keep_alive and self.is_open and not self._pieces:
            self.idle_since = self._loop.time()
            self._pool.free(self)
        else:
            self.drop()

    def drop(self) -> None:
        """Closes it at once, so that the other side stops working."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _notify(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True
        self._pool.opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came; what comes while nobody asked ends the connection."""
        if self.is_done:
            self.drop()
            return
        try:
            self._parser.feed_data(data)
            if not self._headed:
                self._head_size += len(data)
                if self._head_size > _LONGEST_HEAD:
                    self.fail(Broken("its head does not end"))
                    self.drop()
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, zlib.error) as error:
            self.fail(Broken(f"what came is no HTTP answer: {error}"))
            self.drop()
        self._notify()

    def connection_lost(self, error: Exception | None) -> None:
        """It is over, which for an answer without a length is its end."""
        self.is_open = False
        self._pool.gone(self)
        if not self.is_done:
            if error is None and self._headed and not self._is_measured():
                self.is_done = True
            else:
                self.fail(Broken("the connection was closed"))
        self._notify()

    # What the parser tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head."""
        if self.is_done:
            return
        self._fields[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is there; those of 1xx answers only announce another."""
        if self.is_done:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:
            self._fields.clear()
            return
        self._headed = True
        packing = self._fields.get("content-encoding", "identity").strip().lower()
        if packing in _INFLATERS:
            self._inflate = zlib.decompressobj(_INFLATERS[packing])
        elif packing not in ("identity", ""):
            self.fail(Broken(f"the answer is packed as {packing[:40]}"))

    def on_body(self, body: bytes) -> None:
        """A piece of the body; behind the answer stands nothing that was asked for."""
        if self.is_done:
            self._keep_alive = False
            return
        if self._inflate is not None:
            body = self._inflate.decompress(body, _MOST_INFLATED)
            if self._inflate.unconsumed_tail:
                self.fail(Broken("the answer is packed more densely than any answer"))
                self.drop()
                return
        if body:
            self._pieces.append(body)
            self._buffered += len(body)
            if self._buffered > _MOST_BUFFERED and not self._paused and self._transport is not None:
                self._paused = True
                self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self.is_done:
            self._keep_alive = False
        elif self._headed:
            self.is_done = True
            self._keep_alive = self._parser.should_keep_alive()

    def _is_measured(self) -> bool:
        chunked = "chunked" in self._fields.get("transfer-encoding", "").lower()
        return chunked or "content-length" in self._fields


def _lines(headers: Mapping[str, str]) -> str:
    # A key that was read from a file often ends in a line break, which would end the header early.
    return "".join(f"{name}: {_BREAKS.sub('', value).strip()}\r\n" for name, value in headers.items())


@cache
def _tls() -> ssl.SSLContext:
    """The system's certificates; made once, because that takes milliseconds."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
