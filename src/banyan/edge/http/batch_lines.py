"""Asks the endpoints of this service from within, for lines of batches: every rule and limit holds as for a request."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message

from banyan.edge.http.access import AUTHENTICATE
from banyan.edge.http.claims import Headers
from banyan.edge.http.errors import REQUEST_ID, send_error
from banyan.kernel.errors import BanyanError, Unavailable
from banyan.kernel.identity import Identity
from banyan.proxy.domain.batches import TASK
from banyan.proxy.domain.files import Owner
from banyan.proxy.ports.line_runner import LineAnswer

Identify = Callable[[Owner], Identity]
"""Who the owner is by now. Raises: NotAuthenticated where the key has gone."""
log = structlog.get_logger(__name__)


class _Error(msgspec.Struct):
    code: str | None = None


class _Failed(msgspec.Struct):
    error: _Error | None = None


class ApplicationLines:
    """Implements `LineRunner` over the application, which it is given once that is built."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify
        self._app: ASGIApp | None = None

    def serve(self, app: ASGIApp) -> None:
        """The application without its gate."""
        self._app = app

    async def run(self, owner: Owner, endpoint: str, body: bytes, request_id: str) -> LineAnswer:
        """As the port says."""

        async def authenticate(headers: Headers) -> Identity:
            return self._identify(owner)

        scope = _scope(owner, endpoint, body, request_id) | {AUTHENTICATE: authenticate}
        answer = _Answer()
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                await answer.never()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            if self._app is None:
                raise Unavailable("The service is starting; try again.")
            await self._app(scope, receive, answer.send)
        except Exception as error:
            if not isinstance(error, BanyanError | HTTPException):
                log.exception("batch-line-failed", request_id=request_id)
            answer = _Answer()
            await send_error(error, scope, answer.send)
        return answer.read()


class _Answer:
    """Collects what the application sends."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.lower(): value for name, value in message.get("headers", ())}
        else:
            self._body += message.get("body", b"")

    @staticmethod
    async def never() -> None:
        """This client does not leave: a line that is not wanted any more is cancelled."""
        await asyncio.get_running_loop().create_future()

    def read(self) -> LineAnswer:
        body = bytes(self._body)
        code, wait = "", None
        if self._status >= 300:
            with suppress(msgspec.DecodeError):
                failed = msgspec.json.decode(body, type=_Failed)
                code = (failed.error and failed.error.code) or ""
            with suppress(KeyError, ValueError):
                wait = float(self._headers[b"retry-after"])
        return LineAnswer(self._status, body, code, wait)


def _scope(owner: Owner, endpoint: str, body: bytes, request_id: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": endpoint,
        "raw_path": endpoint.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"x-banyan-task", TASK.encode()),
            *([(b"x-banyan-zone", owner.zone.encode("latin-1"))] if owner.zone else []),
        ],
        "client": None,
        "server": None,
        REQUEST_ID: request_id,
    }
