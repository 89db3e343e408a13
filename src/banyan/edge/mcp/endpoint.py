"""/mcp: the protocol over HTTP, behind the gate. Each request stands for itself, so that any process may answer it."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from banyan.edge.http.access import IDENTITY, ROUTE, admit
from banyan.edge.http.errors import REQUEST_ID, status_of
from banyan.edge.mcp.services import Caller, McpServices
from banyan.kernel.errors import BanyanError
from banyan.kernel.ids import check_id

if TYPE_CHECKING:
    from mcp.server.lowlevel.server import Server

PATH = "/mcp"
LARGEST_BODY = 256 * 1024
"""Bytes. The longest question has 8,000 characters, which JSON may write with six bytes each."""
_REFUSED = -32000
_CALLER = "banyan.mcp.caller"


class McpEndpoint:
    """Stands before an application and answers this one path itself. The SDK is imported with the first request."""

    def __init__(self, app: ASGIApp, services: McpServices) -> None:
        self._app = app
        self._services = services
        self._server: Server[Any] | None = None
        self._importing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = PATH
        if scope["method"] != "POST":  # there is nothing to listen to between two calls, and no session to end
            raise HTTPException(405, headers={"Allow": "POST"})
        try:
            scope[_CALLER] = await _admitted(scope)
        except BanyanError as error:
            await _refuse(error, scope, receive, send)
            return
        server = await self._opened()
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # One manager a request: whatever it began ends with the request, be it answered or left.
        manager = StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=LARGEST_BODY)
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    async def _opened(self) -> "Server[Any]":
        async with self._importing:
            if self._server is None:
                create_server = await asyncio.to_thread(_create_server)
                self._server = create_server(self._services, _caller_of)
            return self._server


async def _admitted(scope: Scope) -> Caller:
    """Raises: NotAuthenticated, NotAllowed, InvalidInput."""
    await admit(scope, "anyone", "tutor")
    query = parse_qs(scope["query_string"].decode("latin-1"))
    course = check_id(query["course"][-1], "course") if "course" in query else ""
    return Caller(scope[IDENTITY], course, scope.get(REQUEST_ID, ""))


def _caller_of(context: Any) -> Caller:
    caller: Caller = context.request.scope[_CALLER]
    return caller


async def _refuse(error: BanyanError, scope: Scope, receive: Receive, send: Send) -> None:
    """As an error of JSON-RPC, which is all that clients of the protocol look for."""
    status = status_of(error)
    told = {"code": _REFUSED, "message": error.message, "data": {"code": error.code}}
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": None, "error": told})
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    await Response(body, status, headers, "application/json")(scope, receive, send)


def _create_server() -> Any:
    from banyan.edge.mcp.server import create_server

    logging.getLogger("mcp").setLevel(logging.WARNING)  # it tells of the beginning and end of every request
    return create_server
