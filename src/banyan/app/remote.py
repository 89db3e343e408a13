"""The data folder as the service that holds it shows it over HTTP."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from banyan.adapters.formats import FORMATS
from banyan.adapters.gateways.http import HttpGateway, connection_errors, proxy_error
from banyan.app.gateway_workspace import GatewayWorkspace
from banyan.edge.cli.tools import Indexed, Lesson
from banyan.kernel.errors import BanyanError

_CONNECT_SECONDS = 5
_INDEX_SECONDS = 300
"""A lesson of many thousand blocks on a busy machine takes a while; anything longer is stuck."""

_FIELDS = {"text": "content", "markdown": "markdown", "html": "html"}


class _Run(msgspec.Struct):
    """What the proxy says about an indexing."""

    run_id: str
    chunks: int
    unchanged: int
    embedded: int
    warnings: tuple[str, ...] = ()


class _Dependency(msgspec.Struct):
    status: str


class _Ready(msgspec.Struct):
    dependencies: dict[str, _Dependency]


@asynccontextmanager
async def open_remote(url: str, key: str) -> AsyncIterator[GatewayWorkspace]:
    """The workspace behind the proxy at the URL. key: what it lets the operator in by."""
    gateway = HttpGateway(url, key=key)
    headers = {"X-API-Key": key} if key else {}
    timeout = aiohttp.ClientTimeout(total=_INDEX_SECONDS, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:

        async def index(course: str, lesson: Lesson) -> Indexed:
            fields = {"course": course, "lesson": lesson.lesson, **_content(lesson)}
            fields |= {name: value for name in ("title", "chapter") if (value := getattr(lesson, name))}
            with connection_errors():
                async with session.post(f"{url}/v1/rag/index", json=fields) as response:
                    body = await response.read()
            if not response.ok:
                raise proxy_error(body, response.status)
            run = msgspec.json.decode(body, type=_Run)
            return Indexed(run.run_id, run.chunks, run.unchanged, run.embedded, run.warnings)

        async def embeds() -> bool:
            try:
                with connection_errors():
                    async with session.get(f"{url}/health/ready") as response:
                        ready = msgspec.json.decode(await response.read(), type=_Ready)
            except BanyanError:
                return False
            return ready.dependencies["embedder"].status == "ok"

        try:
            yield GatewayWorkspace(gateway, index, embeds)
        finally:
            await gateway.close()


def _content(lesson: Lesson) -> dict[str, Any]:
    """The lesson as one of the fields that the proxy takes; what is no text goes as a file."""
    if lesson.format == "editorjs":
        return {"blocks": _blocks(lesson.content)}
    if lesson.format in _FIELDS:
        return {_FIELDS[lesson.format]: lesson.content.decode("utf-8", "replace")}
    suffix = FORMATS[lesson.format].suffixes[0]
    return {"file": base64.b64encode(lesson.content).decode("ascii"), "file_name": f"{lesson.lesson}{suffix}"}


def _blocks(content: bytes) -> Any:
    """The blocks of an Editor.js file. Raises: InvalidInput where it is none."""
    FORMATS["editorjs"].read(content)
    return msgspec.json.decode(content)["blocks"]
