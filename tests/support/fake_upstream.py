"""What every small upstream has in common: a real socket, one behaviour at a time, and a memory of what it was asked.

A wire format is a subclass that says how an answer, a stream and a refusal look in it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from aiohttp import web
from aiohttp.web_response import ContentCoding

WORDS = ["A leaf ", "makes sugar ", "from light [1]."]
JSON_WORDS = ['{"word":', ' "leaf"}']
LEAKED = "sk-secret-123456"
"""A key that some upstreams repeat in their errors."""

RETRY_AFTER = {"429": "7", "503": "3"}
"""Behaviours with a `Retry-After` header, in seconds."""


@dataclass(frozen=True)
class Refusal:
    """How a wire says no: its HTTP status and JSON."""

    status: int
    body: Any


@dataclass(frozen=True)
class Pieces:
    """A stream, event by event as bytes with their framing. after: the finish reason and what follows it.

    done: the mark of the end where the wire has one beside the finish reason.
    """

    before: list[bytes]
    words: list[bytes]
    after: list[bytes]
    done: bytes = b""


@dataclass
class FakeUpstream:
    """behaviour: how the next answers come. seen: every request's (headers, body). gone: set when a caller left.
    window: tokens of four bytes that a prompt may have; None for any number.

    waiting: set when a call hangs. base_url: with `prefix`, once it runs.
    """

    prefix: ClassVar[str] = ""
    stream_type: ClassVar[str] = "text/event-stream"

    base_url: str = ""
    behaviour: str = "well"
    window: int | None = None
    seen: list[tuple[dict[str, str], dict]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    # What a wire says for itself.

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        """Handlers by (method, path)."""
        raise NotImplementedError

    def refusal(self) -> Refusal | None:
        """How it says `401`, `429`, `429-bare`, `quota`, `503`, `404`, `400`, `too-long`, `filtered`."""
        raise NotImplementedError

    def plain(self, body: dict) -> dict:
        """A whole answer."""
        raise NotImplementedError

    def pieces(self, body: dict) -> Pieces:
        """The same as a stream."""
        raise NotImplementedError

    def broken_event(self) -> bytes:
        """An error in the middle of a stream, with a key in its words."""
        raise NotImplementedError

    def noise(self) -> bytes:
        """What a reader has to leave out."""
        return b": a comment\r\n\r\nevent: odd\ndata: {broken\n\n"

    def sign_of_life(self) -> bytes:
        """What only keeps a connection open."""
        return b": ping\n\n"

    def streams(self, body: dict) -> bool:
        """Whether the request asks for a stream."""
        return bool(body.get("stream"))

    # What all do alike.

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """A chat completion, well or badly."""
        body = json.loads(await request.read())
        self.seen.append((dict(request.headers), body))
        refused = self.refusal() if self._has_room(body) else self._too_long()
        if refused is not None:
            wait = RETRY_AFTER.get(self.behaviour)
            headers = {} if wait is None else {"Retry-After": wait}
            return web.json_response(refused.body, status=refused.status, headers=headers)
        match self.behaviour:
            case "500":
                return web.Response(status=500, text="<html>boom</html>", content_type="text/html")
            case "redirect":
                raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/elsewhere")
            case "html":
                return web.Response(text="<html>hello</html>", content_type="text/html")
            case "hang":
                await self.hang()
        if self.streams(body):
            return await self._stream(request, body)
        response = web.json_response(self.plain(body))
        if self.behaviour == "gzip":
            response.enable_compression(ContentCoding.gzip)
        return response

    def _has_room(self, body: dict) -> bool:
        said = sum(len(str(message["content"]).encode()) for message in body.get("messages", ()))
        return self.window is None or said <= 4 * self.window

    def _too_long(self) -> Refusal | None:
        usual, self.behaviour = self.behaviour, "too-long"
        refusal, self.behaviour = self.refusal(), usual
        return refusal

    async def _stream(self, request: web.Request, body: dict) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": self.stream_type})
        if self.behaviour == "gzip":
            response.enable_compression(ContentCoding.gzip)
        await response.prepare(request)

        async def say(event: bytes) -> None:
            await response.write(event.replace(b"\n", b"\r\n") if self.behaviour == "crlf" else event)

        pieces = self.pieces(body)
        if self.behaviour == "pings":
            await self._ping(response)
        for event in pieces.before:
            await say(event)
        for event in pieces.words:
            await say(event)
            match self.behaviour:
                case "noise":
                    await response.write(self.noise())
                case "twice":
                    await say(event)
                case "hang-midway":
                    await self.hang()
                case "pings-midway":
                    await self._ping(response)
                case "cut":
                    request.transport.close()
                    return response
                case "error-midway":
                    await say(self.broken_event())
                    return response
                case "ends-early":
                    return response
        for event in pieces.after:
            await say(event)
        match self.behaviour:
            case "hang-at-end":
                await self.hang()
            case "pings-at-end":
                await self._ping(response)
        if pieces.done and self.behaviour != "no-done":
            await say(pieces.done)
        return response

    async def _ping(self, response: web.StreamResponse) -> None:
        """Says that it is there until the caller is gone, which cancels this."""
        while True:
            await response.write(self.sign_of_life())
            await asyncio.sleep(0.01)

    async def hang(self) -> None:
        """Says nothing until the caller is gone."""
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.gone.set()


Fake = TypeVar("Fake", bound=FakeUpstream)


@asynccontextmanager
async def running(fake: Fake) -> AsyncIterator[Fake]:
    """The upstream on a free port."""
    app = web.Application()
    for (method, path), handler in fake.routes().items():
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}{fake.prefix}"
    try:
        yield fake
    finally:
        await runner.cleanup()
