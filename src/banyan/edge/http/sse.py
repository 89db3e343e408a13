"""Server-sent events, framed as OpenAI's clients expect, and the client that goes away."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from types import TracebackType

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from banyan.edge.http.errors import REQUEST_ID, error_event
from banyan.kernel.errors import BanyanError, Unavailable

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
_MOST_WAITING = 64
"""Events that may pile up for a client that reads slowly; about a page of text."""
_UNWATCHED_SECONDS = 0.02
"""Before this nobody gains by noticing that the client has left: watching costs a task for every request."""
_BEAT_SECONDS = 15.0
"""Half of what proxies commonly wait for the next byte, and a quarter of what an older client asks for."""
BEAT = b":"
"""An item that becomes a comment: it shows that the stream is alive, and says nothing."""
log = structlog.get_logger(__name__)


class UntilClientLeaves:
    """Cancels the block when the client disconnects, and then leaves it quietly with `gone` set.

    A block that the server itself cancels, because it stops, raises Unavailable (`stopping`).
    Enter it only after the request's body has been read. A block that ends at once, such as an answer from the cache,
    is spared the watching.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.gone = False

    async def __aenter__(self) -> "UntilClientLeaves":
        self._task = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._later = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._later.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._task is None or kind is not asyncio.CancelledError:
            return False
        if not self.gone:
            raise self.stopping() from error
        return self._task.uncancel() == 0

    def stopping(self) -> Unavailable:
        """What the caller is told where the server cancelled the block."""
        if self._task is not None:
            self._task.uncancel()
        return Unavailable("The service stops before the answer is whole; ask again.", code="stopping", retry_after=1)

    def _start(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._task is not None:
            self._task.cancel()


async def send_events(
    events: AsyncGenerator[bytes, None],
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    headers: Callable[[], list[tuple[bytes, bytes]]] = list,
    named: bool = False,
) -> None:
    """Sends one event per item (JSON without line breaks) and `[DONE]` at the end.

    What breaks before the first item is raised, so that the answer can still be an error with its status; what
    breaks later becomes an error event. A client that leaves closes `events` at once.
    headers: asked for once the first item is there.
    named: items come from `named_event`, and the last of them ends the stream without `[DONE]`.
    """
    async with UntilClientLeaves(receive) as client, aclosing(events) as items:
        first = await anext(items, None)
        await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *headers()]})
        async with _Outbox(send, b"" if named else b"data: ") as outbox:
            try:
                if first is not None:
                    await outbox.put(first)
                async for item in items:
                    await outbox.put(item)
            except (Exception, asyncio.CancelledError) as broken:
                if client.gone:
                    raise
                error = client.stopping() if isinstance(broken, asyncio.CancelledError) else broken
                if not isinstance(error, BanyanError):
                    log.exception("stream-failed", request_id=scope.get(REQUEST_ID), path=scope["path"])
                failure = msgspec.json.encode(error_event(error, scope.get(REQUEST_ID)))
                await outbox.put(named_event("error", failure) if named else failure)
        await send({"type": "http.response.body", "body": b"" if named else b"data: [DONE]\n\n"})


async def with_heartbeats(
    events: AsyncGenerator[bytes, None], seconds: float = _BEAT_SECONDS
) -> AsyncGenerator[bytes, None]:
    """The same items, and a `BEAT` whenever none came for so long. Closing it closes `events`."""
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)

    async def pump() -> None:
        try:
            async with aclosing(events):
                async for item in events:
                    await waiting.put(item)
        finally:
            with suppress(asyncio.QueueFull):
                waiting.put_nowait(None)

    task = asyncio.create_task(pump(), name="events between heartbeats")
    try:
        while not (task.done() and waiting.empty()):
            try:
                async with asyncio.timeout(seconds):
                    item = await waiting.get()
            except TimeoutError:
                item = BEAT
            if item is not None:
                yield item
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def named_event(name: str, data: bytes) -> bytes:
    """An item of a stream whose events have names, as those of the Responses API."""
    return b"event: %b\ndata: %b" % (name.encode(), data)


class _Outbox:
    """Sends events as soon as their source pauses, and together what came without a pause.

    A model's words come one at a time and leave one at a time; what has piled up under load leaves in one write.
    The first event of a turn of the loop is sent at once, and mostly it is the only one; a task sends what follows it.
    """

    def __init__(self, send: Send, before: bytes) -> None:
        self._send = send
        self._before = before
        self._waiting: list[bytes] = []
        self._filled = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._quiet = True
        self._closed = False

    async def put(self, data: bytes) -> None:
        """Sends or queues one event; waits for a slow client, or once too many are waiting."""
        event = b"%b%b\n\n" % (b"" if data is BEAT else self._before, data)
        if self._quiet:
            self._quiet = False
            await self._send({"type": "http.response.body", "body": event, "more_body": True})
            self._loop.call_soon(self._turn)
            return
        self._waiting.append(event)
        if len(self._waiting) >= _MOST_WAITING:
            await self._flush()

    def _turn(self) -> None:
        if self._waiting:
            self._filled.set()
        else:
            self._quiet = True

    async def __aenter__(self) -> "_Outbox":
        self._sender = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._filled.set()
        if kind is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        else:
            await self._sender
            await self._flush()

    async def _run(self) -> None:
        while not self._closed:
            await self._filled.wait()
            self._filled.clear()
            await self._flush()
            self._turn()

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            await self._send({"type": "http.response.body", "body": b"".join(waiting), "more_body": True})
