"""Works on many small requests at once: the urgent first, every user in turn, each with an end of its own."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import structlog

from banyan.kernel.errors import BanyanError, NotFound, RateLimited
from banyan.kernel.ids import new_id

_SECONDS = 30.0
_PARALLEL = 4
_MOST_WAITING = 1000
"""Requests of everybody together; then the next batch has to wait."""
_MOST_KEPT = 500
"""Batches whose results can still be fetched."""
log = structlog.get_logger(__name__)


class Priority(IntEnum):
    """The higher goes first."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request. tokens, usd: of the model; usd None where nobody knows."""

    result: Any
    tokens: int = 0
    usd: float | None = 0.0


@dataclass(slots=True)
class Request:
    """One request and, once there is one, its end. error: a sentence; "" while there is none."""

    work: Callable[[], Awaitable[Answered]]
    id: str = field(default_factory=lambda: new_id("req"))
    answered: Answered | None = None
    error: str = ""
    seconds: float = 0.0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Batch:
    """owner: tenant and user, who alone may see it."""

    id: str
    owner: tuple[str, str]
    priority: Priority
    requests: Sequence[Request]

    @property
    def done(self) -> int:
        """Requests that have ended."""
        return sum(one.ended.is_set() for one in self.requests)


class RunBatch:
    """The use case, within one process: what waits when it ends is lost.

    parallel: requests under way at a time. seconds: that one may take.
    """

    def __init__(self, parallel: int = _PARALLEL, seconds: float = _SECONDS) -> None:
        self._parallel = parallel
        self._seconds = seconds
        self._waiting: dict[Priority, dict[tuple[str, str], deque[Request]]] = {one: {} for one in Priority}
        self._kept: dict[str, Batch] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.requests = self.batches = 0
        self.busy_seconds = 0.0
        self.by_priority: Counter[Priority] = Counter()

    def submit(
        self, owner: tuple[str, str], priority: Priority, works: Sequence[Callable[[], Awaitable[Answered]]]
    ) -> Batch:
        """Begins with the works as soon as it is their turn. Raises: RateLimited where too many wait already."""
        if self.waiting + len(works) > _MOST_WAITING:
            raise RateLimited("Too many requests wait already; send the batch again in a while.", retry_after=5)
        batch = Batch(new_id("batch"), owner, priority, [Request(work) for work in works])
        self._kept[batch.id] = batch
        for gone in [one.id for one in self._kept.values() if one.done == len(one.requests)][:-_MOST_KEPT]:
            del self._kept[gone]
        self._waiting[priority].setdefault(owner, deque()).extend(batch.requests)
        self.batches += 1
        self.requests += len(works)
        self.by_priority[priority] += len(works)
        self._start()
        return batch

    async def ended(self, batch: Batch) -> None:
        """Waits for all of it; what still waits is given up when nobody waits for it any more."""
        try:
            for one in batch.requests:
                await one.ended.wait()
        except asyncio.CancelledError:
            queue = self._waiting[batch.priority].get(batch.owner)
            for one in batch.requests:
                if queue is not None and one in queue:
                    queue.remove(one)
                    one.error = "Nobody waited for it any more."
                    one.ended.set()
            raise

    def get(self, owner: tuple[str, str], id: str) -> Batch:
        """Raises: NotFound, also for what is somebody else's."""
        batch = self._kept.get(id)
        if batch is None or batch.owner != owner:
            raise NotFound(
                "There is no such batch; results are kept until the service starts anew.", code="unknown_batch"
            )
        return batch

    @property
    def waiting(self) -> int:
        """Requests that are not under way yet."""
        return sum(self.queues().values())

    def queues(self) -> dict[str, int]:
        """The same by priority."""
        return {one.name.lower(): sum(map(len, owners.values())) for one, owners in self._waiting.items()}

    @property
    def active(self) -> int:
        """Batches that have not ended."""
        return sum(one.done < len(one.requests) for one in self._kept.values())

    def _start(self) -> None:
        while len(self._running) < self._parallel and (request := self._next()) is not None:
            task = asyncio.create_task(self._run(request), name="a request of a batch")
            self._running.add(task)
            task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._start()

    def _next(self) -> Request | None:
        """Of the highest priority; there the owners take turns."""
        for priority in sorted(self._waiting, reverse=True):
            owners = self._waiting[priority]
            while owners:
                owner = next(iter(owners))
                queue = owners.pop(owner)
                if not queue:
                    continue
                request = queue.popleft()
                if queue:
                    owners[owner] = queue  # at the end of the line
                return request
        return None

    async def _run(self, request: Request) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds):
                request.answered = await request.work()
        except TimeoutError:
            request.error = f"It took longer than {self._seconds:g} seconds; ask for less, or without a batch."
        except BanyanError as error:
            request.error = error.message
        except Exception:
            log.exception("batch-request-failed", request=request.id)
            request.error = "Something inside the service broke; try again."
        finally:
            request.error = request.error or ("" if request.answered else "The service stopped before it was done.")
            request.seconds = time.perf_counter() - began
            self.busy_seconds += request.seconds
            request.ended.set()
