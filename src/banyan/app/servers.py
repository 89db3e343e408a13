"""Several HTTP servers in one loop, started together and stopped together."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from banyan import __version__
from banyan.app.http_protocol import OnePacketProtocol
from banyan.kernel.errors import Unavailable

GRACE_SECONDS = 10
"""How long running answers may take to end after a stop was asked for; longer ones are cut off."""


class Server(uvicorn.Server):
    """A server that leaves signals to whoever owns the loop. ready: set once it answers; ended: when it has stopped."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """As the base class, and tells when it is over."""
        try:
            await super().serve(sockets)
        finally:
            self.ended.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As the base class, and tells when it is done."""
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


class Doorway:
    """Stands where an application will be. Says at once that the process is alive; all else waits for `open`."""

    def __init__(self, service: str) -> None:
        self._application: Any = None
        self._opened = asyncio.Event()
        self._health = json.dumps({"status": "healthy", "service": service, "version": __version__}).encode()

    def open(self, application: Any) -> None:
        """From now on the application answers."""
        self._application = application
        self._opened.set()

    def close(self) -> None:
        """The start failed: whoever waits is told so."""
        if self._application is None:
            self.open(_refuse)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if self._application is None:
            if scope["path"] == "/health" and scope["method"] == "GET":
                headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._health))]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": self._health})
                return
            await self._opened.wait()
        await self._application(scope, receive, send)


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    from banyan.edge.http.errors import send_error

    await send_error(Unavailable("The service could not start; look at what it printed."), scope, send)


Stop = Callable[[], Awaitable[None]]


@asynccontextmanager
async def serving(applications: Mapping[socket.socket, Any]) -> AsyncIterator[Stop]:
    """Serves each application on its socket; what it yields stops them, and lets running answers end before."""
    servers = {bound: Server(_config(application)) for bound, application in applications.items()}

    async def stop() -> None:
        for server in servers.values():
            server.should_exit = True
        for server in servers.values():
            await server.ended.wait()

    async with asyncio.TaskGroup() as group:
        for bound, server in servers.items():
            group.create_task(server.serve([bound]), name=f"serve {bound.getsockname()}")
        for server in servers.values():
            await server.ready.wait()
        try:
            yield stop
        finally:
            await stop()


@contextmanager
def stop_signal() -> Iterator[asyncio.Event]:
    """An event that is set when the process is told to end by SIGTERM or SIGINT, while the block runs."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="none",
        http=OnePacketProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here asks for the caller's address or scheme
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
    )
