"""Streams as LEARN-X's clients parse them: lines of `data: ` and one JSON object, `[DONE]` at the end of every one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import msgspec
import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from banyan.edge.http.errors import REQUEST_ID, error_event
from banyan.edge.http.sse import UntilClientLeaves
from banyan.kernel.errors import BanyanError

COMMENT = b": beat\n\n"
"""Keeps a stream alive; only clients of `/api/v1/ai` read over it."""
NOTHING = b'data: {"content":""}\n\n'
"""The same for clients of `/content`, who would take a comment for text."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
_FIRST_SECONDS = 0.5
"""So long an error can still become a status; then the headers leave, which clients wait for."""
_BEAT_SECONDS = 15.0
_STUCK_SECONDS = 60.0
"""Who reads nothing for so long is gone."""
log = structlog.get_logger(__name__)


class WireStream(Response):
    """Sends each item of `events` (JSON without line breaks) as an event. beat: sent where none comes for a while.

    What breaks before the headers are out becomes an error with its status; what breaks later an `{error}` event.
    A client that leaves, or that stops reading, closes `events`.
    """

    def __init__(self, events: AsyncGenerator[bytes, None], beat: bytes) -> None:
        super().__init__()
        self._events = events
        self._beat = beat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with UntilClientLeaves(receive) as client, aclosing(self._events) as events:
            waiting = asyncio.ensure_future(anext(events, None))
            try:
                await asyncio.wait({waiting}, timeout=_FIRST_SECONDS)
                if waiting.done() and waiting.exception() is not None:
                    waiting.result()
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                try:
                    while True:
                        await asyncio.wait({waiting}, timeout=_BEAT_SECONDS)
                        if not waiting.done():
                            await _write(send, self._beat)
                            continue
                        item = waiting.result()
                        if item is None:
                            break
                        await _write(send, b"data: %b\n\n" % item)
                        waiting = asyncio.ensure_future(anext(events, None))
                except _Stuck:
                    log.warning("reader-stuck", path=scope["path"], request_id=scope.get(REQUEST_ID))
                    return
                except (Exception, asyncio.CancelledError) as broken:
                    if client.gone:
                        raise
                    error = client.stopping() if isinstance(broken, asyncio.CancelledError) else broken
                    await _write(send, b"data: %b\n\n" % _failure(error, scope))
                await _write(send, b"data: [DONE]\n\n", more=False)
            finally:
                waiting.cancel()
                with suppress(BaseException):
                    await waiting


class _Stuck(Exception):
    """Nobody reads."""


async def _write(send: Send, data: bytes, *, more: bool = True) -> None:
    try:
        async with asyncio.timeout(_STUCK_SECONDS):
            await send({"type": "http.response.body", "body": data, "more_body": more})
    except TimeoutError as error:
        raise _Stuck from error


def _failure(error: Exception, scope: Scope) -> bytes:
    request_id = scope.get(REQUEST_ID)
    if not isinstance(error, BanyanError):
        log.error("stream-failed", request_id=request_id, path=scope["path"], exc_info=error)
    said = error_event(error, request_id)
    return msgspec.json.encode({"error": said["message"], "code": said["code"], "request_id": request_id})
