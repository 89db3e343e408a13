"""An upstream that speaks OpenAI's wire byte by byte, and breaks it where a test wants it broken."""

import asyncio
import gzip
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

WORDS = ["A leaf ", "makes ", "sugar ", "from ", "light."]
TEXT = "".join(WORDS)
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}

Behave = Callable[["Call"], Awaitable[None]]


@dataclass
class Call:
    """One request that came in. left: set when the caller went away."""

    body: dict
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    left: asyncio.Event

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: int, body: bytes, *headers: str, kind: str = "application/json") -> None:
        """A whole answer."""
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
        await self.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def begin_stream(self) -> None:
        await self.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

    async def piece(self, data: bytes) -> None:
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def end_stream(self) -> None:
        await self.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """The connection breaks, without an end."""
        self.writer.transport.abort()


@dataclass
class FaultyUpstream:
    """behaviours: what the next calls get, in order; afterwards `usual`. calls: every request that came in;
    called: set by the first. hung_up: set when a caller closed a connection."""

    base_url: str = ""
    behaviours: deque[Behave] = field(default_factory=deque)
    usual: Behave | None = None
    calls: list[Call] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                lower = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(lower.get("content-length", 0)))
                call = Call(json.loads(body) if body else {}, lower, writer, asyncio.Event())
                self.calls.append(call)
                self.called.set()
                behave = self.behaviours.popleft() if self.behaviours else (self.usual or well)
                watcher = asyncio.create_task(self._watch(reader, call))
                try:
                    await behave(call)
                finally:
                    watcher.cancel()
                    await asyncio.gather(watcher, return_exceptions=True)
        self.hung_up.set()
        writer.close()

    async def _watch(self, reader: asyncio.StreamReader, call: Call) -> None:
        with suppress(ConnectionError):
            await reader.read(1)  # a caller that waits for an answer sends nothing more
        call.left.set()


async def well(call: Call) -> None:
    """The whole answer, plain or streamed."""
    if call.body.get("stream"):
        await call.begin_stream()
        for event in events(call.body):
            await call.piece(event)
        await call.end_stream()
    else:
        await call.answer(200, completion(call.body))


def completion(body: dict, **choice: object) -> bytes:
    message = {"role": "assistant", "content": TEXT}
    choices = [{"index": 0, "message": message, "finish_reason": "stop", **choice}]
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": f"{body['model']}-2026"}
    return json.dumps({**head, "choices": choices, "usage": USAGE}).encode()


def events(body: dict, words: Sequence[str] = WORDS, *, prefix: str = "data: ", end: str = "\n\n") -> list[bytes]:
    """The stream event by event, `[DONE]` last."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": f"{body['model']}-2026"}

    def event(choices: list[dict], **more: object) -> bytes:
        return f"{prefix}{json.dumps({**head, 'choices': choices, **more})}{end}".encode()

    said = [event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])]
    said += [event([{"index": 0, "delta": {"content": word}, "finish_reason": None}]) for word in words]
    said.append(event([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    if (body.get("stream_options") or {}).get("include_usage"):
        said.append(event([], usage=USAGE))
    return [*said, f"{prefix}[DONE]{end}".encode()]


def vectors(*row: float) -> Behave:
    """Gives every text this vector, and counts four tokens for each."""

    async def answer(call: Call) -> None:
        data = [{"object": "embedding", "index": n, "embedding": row} for n in range(len(call.body["input"]))]
        usage = {"prompt_tokens": 4 * len(data), "total_tokens": 4 * len(data)}
        await call.answer(200, json.dumps({"object": "list", "data": data, "usage": usage}).encode())

    return answer


def refusing(status: int, message: str = "No.", *headers: str, code: str | None = None) -> Behave:
    """An error in OpenAI's shape."""

    async def refuse(call: Call) -> None:
        await call.answer(status, json.dumps({"error": {"message": message, "code": code}}).encode(), *headers)

    return refuse


async def silent(call: Call) -> None:
    """Takes the request and says nothing, until the caller goes."""
    await call.left.wait()


def slow(seconds: float) -> Behave:
    """Answers well, but late."""

    async def answer(call: Call) -> None:
        await asyncio.sleep(seconds)
        await well(call)

    return answer


def broken_off(after: int, *, stalls: bool = False) -> Behave:
    """A stream that ends in the middle, after so many events; or that stays open and says no more."""

    async def answer(call: Call) -> None:
        await call.begin_stream()
        for event in events(call.body)[:after]:
            await call.piece(event)
        if stalls:
            await call.left.wait()
        call.cut()

    return answer


def cut_after(size: int) -> Behave:
    """The connection breaks after so many bytes of the events."""

    async def answer(call: Call) -> None:
        await call.begin_stream()
        data = b"".join(events(call.body))[:size]
        if data:
            await call.piece(data)
        call.cut()

    return answer


def saying(*pieces: bytes, ends: bool = True) -> Behave:
    """A stream of these bytes."""

    async def answer(call: Call) -> None:
        await call.begin_stream()
        for piece in pieces:
            await call.piece(piece)
        if ends:
            await call.end_stream()

    return answer


def plain(body: bytes, *headers: str, kind: str = "application/json") -> Behave:
    """A 200 with this body."""

    async def answer(call: Call) -> None:
        await call.answer(200, body, *headers, kind=kind)

    return answer


async def zipped(call: Call) -> None:
    """A plain answer that is packed although nobody asked for it."""
    await call.answer(200, gzip.compress(completion(call.body)), "Content-Encoding: gzip")


@asynccontextmanager
async def faulty_upstream() -> AsyncIterator[FaultyUpstream]:
    """The upstream on a free port."""
    upstream = FaultyUpstream()
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        open_ones.add(task)
        try:
            await upstream.serve(reader, writer)
        finally:
            open_ones.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    upstream.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.close()
        for task in list(open_ones):
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
