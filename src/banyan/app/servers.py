"""Several HTTP servers in one loop, started together and stopped together."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 10
"""How long running answers may take to end after a stop was asked for; longer ones are cut off."""


class Server(uvicorn.Server):
    """A server that leaves signals to whoever owns the loop. ready: set once it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As the base class, and tells when it is done."""
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@asynccontextmanager
async def serving(applications: Mapping[socket.socket, Any]) -> AsyncIterator[None]:
    """Serves each application on its socket while the block runs; then lets running answers end."""
    servers = {bound: Server(_config(application)) for bound, application in applications.items()}
    async with asyncio.TaskGroup() as group:
        for bound, server in servers.items():
            group.create_task(server.serve([bound]), name=f"serve {bound.getsockname()}")
        for server in servers.values():
            await server.ready.wait()
        try:
            yield
        finally:
            for server in servers.values():
                server.should_exit = True


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
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
    )
