"""Serves an application on a free port of this machine, in the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """A server that leaves the test's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The base URL, for as long as the block runs."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = _Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve([bound]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - the server offers no event
            await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
