"""The worker thread that models run in: one answer at a time, the others wait in line."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from banyan.adapters.providers._llama.files import trained_context
from banyan.adapters.providers._llama.model import LoadedModel, Stopped
from banyan.adapters.providers._llama.order import Order
from banyan.kernel.errors import DeadlineExceeded, RateLimited
from banyan.proxy.domain.deployments import Patience

_FULL_SECONDS = 5.0
"""After which a full line is worth another look."""

Event = str | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """context: tokens of prompt and answer together, at most; memory grows with it. in_memory: models at a time.

    queue: calls that may wait. threads: of the processor, for one answer; None leaves it to llama.cpp.
    """

    context: int = 8192
    in_memory: int = 1
    queue: int = 16
    threads: int | None = None


class Engine:
    """Loads models when they are first asked for, and puts the least recently used one out for the next."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama-cpp")
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._models: OrderedDict[Path, LoadedModel] = OrderedDict()
        self._stops: set[threading.Event] = set()
        self._closed = False

    async def run(self, path: Path, order: Order, patience: Patience) -> AsyncGenerator[Event, None]:
        """What `LoadedModel.answer` gives, without blocking the loop. Closing it stops the model at its next token.

        patience.first_byte counts from the call, so the wait in line and the loading are a part of it.
        Raises: RateLimited (`queue_full`); DeadlineExceeded; what the model raises.
        """
        started = monotonic()
        await self._wait_for_turn(patience.first_byte)
        loop = asyncio.get_running_loop()
        stop = threading.Event()
        events: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()

        def tell(event: Event) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens
                loop.call_soon_threadsafe(events.put_nowait, event)

        def done(work: asyncio.Future[None]) -> None:
            self._stops.discard(stop)
            self._turn.release()
            events.put_nowait(work.exception())

        self._stops.add(stop)
        loop.run_in_executor(self._thread, self._work, path, order, stop, tell).add_done_callback(done)
        first = None if patience.first_byte is None else patience.first_byte - (monotonic() - started)
        try:
            event = await _next(events, first, "first_byte_timeout")
            while event is not None:
                yield event
                event = await _next(events, patience.idle, "stream_stalled")
        finally:
            stop.set()

    async def close(self) -> None:
        """Stops what runs, and frees the models."""
        if self._closed:
            return
        self._closed = True
        for stop in self._stops:
            stop.set()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._free)
        self._thread.shutdown()

    async def _wait_for_turn(self, seconds: float | None) -> None:
        if self._waiting >= self._limits.queue:
            raise RateLimited(
                f"{self._waiting} calls are waiting for the model in this process; try again in a moment.",
                code="queue_full",
                retry_after=_FULL_SECONDS,
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._turn.acquire()
        except TimeoutError as error:
            raise _too_slow("first_byte_timeout") from error
        finally:
            self._waiting -= 1

    def _work(self, path: Path, order: Order, stop: threading.Event, tell: Any) -> None:
        with suppress(Stopped):
            for event in self._load(path).answer(order, stop):
                tell(event)

    def _load(self, path: Path) -> LoadedModel:
        model = self._models.pop(path, None)
        if model is None:
            while len(self._models) >= self._limits.in_memory:
                self._models.popitem(last=False)[1].close()
            context = min(trained_context(path) or self._limits.context, self._limits.context)
            model = LoadedModel(path, context=context, threads=self._limits.threads)
        self._models[path] = model
        return model

    def _free(self) -> None:
        while self._models:
            self._models.popitem()[1].close()


async def _next(events: asyncio.Queue[Event | BaseException | None], seconds: float | None, code: str) -> Event | None:
    """None once the answer is over."""
    try:
        async with asyncio.timeout(seconds):
            event = await events.get()
    except TimeoutError as error:
        raise _too_slow(code) from error
    if isinstance(event, BaseException):
        raise event
    return event


def _too_slow(code: str) -> DeadlineExceeded:
    return DeadlineExceeded(
        "The model in this process did not answer in time; try again, or choose a smaller one.", code=code
    )
