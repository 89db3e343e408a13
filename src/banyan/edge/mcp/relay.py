"""The server of a desktop program that has its tutor elsewhere: it passes each call on to an assistant, over HTTP.

What is decided about a call is decided there. Calls stand for themselves, so an assistant may be started again
between two of them.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
import mcp_types as types
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types.version import LATEST_MODERN_VERSION

from banyan.edge.mcp.endpoint import PATH
from banyan.edge.mcp.server import Context, Rooms
from banyan.edge.mcp.services import Caller
from banyan.edge.mcp.words import failed
from banyan.kernel.errors import BanyanError, NotAllowed, Unavailable, UpstreamFailed
from banyan.kernel.identity import DEFAULT_TENANT, Identity

_TIMEOUT = httpx2.Timeout(10, read=300)
"""Seconds. While a call is worked on, the assistant gives a sign of life every 15."""
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_NOBODY = Identity(DEFAULT_TENANT, "", frozenset())

Answer = TypeVar("Answer", bound=types.Result)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the assistant is, and what is sent with each call."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)


Find = Callable[[], Awaitable[Target]]
"""Asked before each call. Raises: Conflict, Unavailable."""


class Relay(Rooms):
    """Answers by itself what is the same everywhere: which tools there are. course: the only one; "" for all."""

    def __init__(self, find: Find, course: str) -> None:
        caller = Caller(_NOBODY, course)
        super().__init__(None, lambda _: caller)  # type: ignore[arg-type]
        self._find = find
        self._course = course

    async def call(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """One call of a tool, made there."""

        async def progress(so_far: float, total: float | None, message: str | None) -> None:
            await context.session.report_progress(so_far, total, message)

        asked = types.CallToolRequestParams(name=params.name, arguments=params.arguments)
        try:
            return await self._sent(types.CallToolRequest(params=asked), types.CallToolResult, progress)
        except BanyanError as error:
            return failed(error, params.name)

    async def resources(self, context: Context, _: Any) -> types.ListResourcesResult:
        """Lessons that the caller may read there."""
        return await self._passed(types.ListResourcesRequest(), types.ListResourcesResult)

    async def read(self, context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """The text of a lesson, read there."""
        asked = types.ReadResourceRequestParams(uri=params.uri)
        return await self._passed(types.ReadResourceRequest(params=asked), types.ReadResourceResult)

    async def _passed(self, request: Any, kind: type[Answer]) -> Answer:
        try:
            return await self._sent(request, kind)
        except BanyanError as error:
            raise MCPError(types.INTERNAL_ERROR, error.message, {"code": error.code}) from error

    async def _sent(self, request: Any, kind: type[Answer], progress: Any = None) -> Answer:
        """Raises: Unavailable where nobody answers, and what the assistant refuses; MCPError for a wrong request."""
        target = await self._find()
        url = f"{target.url}{PATH}" + (f"?course={quote(self._course, safe='')}" if self._course else "")
        try:
            async with AsyncExitStack() as stack:
                http = await stack.enter_async_context(_client(target))
                transport = streamable_http_client(url, http_client=http)
                client = await stack.enter_async_context(Client(transport, mode=LATEST_MODERN_VERSION, cache=None))
                answer: Answer = await client.session.send_request(request, kind, progress_callback=progress)
                return answer
        except Exception as error:
            raise _ours(error, target.url) from error


def _client(target: Target) -> httpx2.AsyncClient:
    place = urlsplit(target.url)
    return httpx2.AsyncClient(
        headers=target.headers,
        timeout=_TIMEOUT,
        trust_env=place.hostname not in _LOCAL,  # what is on this machine is not reached by way of a proxy
        verify=place.scheme == "https",  # without it there is nothing to verify, and reading certificates takes long
    )


def _ours(error: BaseException, url: str) -> Exception:
    """What the user is told of a call that came to nothing."""
    found = _first(error)
    if isinstance(found, BanyanError):
        return found
    if isinstance(found, MCPError):
        if isinstance(found.data, dict) and isinstance(found.data.get("code"), str):
            return NotAllowed(found.message, code=found.data["code"])
        if found.code == types.INVALID_PARAMS:
            return found
        if found.code != types.CONNECTION_CLOSED:
            return UpstreamFailed(
                f"The assistant at {url} did not answer as one does ({found.message}); look at --url."
            )
    return Unavailable(f"The assistant at {url} cannot be reached; start it, or correct --url, then try again.")


def _first(error: BaseException) -> BaseException:
    """The failure within a group of tasks that failed together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
