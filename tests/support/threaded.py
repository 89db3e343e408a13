"""Runs a service in a thread and a loop of its own, for tests whose requests block."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol


class Addressed(Protocol):
    """Anything that listens."""

    url: str


@contextmanager
def in_a_thread(service: AbstractAsyncContextManager[Addressed]) -> Iterator[str]:
    """The base URL of the service, which is entered and left in the other loop."""
    loop = asyncio.new_event_loop()
    address: list[str] = []
    started, stopped = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with service as running:
            address.append(running.url)
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(20), "the service did not start"
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()
