"""Texts of several callers in one call of an embedder: at once while it is idle, gathered while it works."""

import asyncio
import copy
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.failures import Failure, kind_of
from banyan.proxy.domain.text_shares import shares
from banyan.proxy.ports.embedder import Embedder, Embedding, Input
from banyan.proxy.ports.telemetry import Telemetry, Unwatched

BATCH_SIZE = 32
GATHER_SECONDS = 0.002
_BAD_INPUT = frozenset({Failure.CALLER, Failure.INCAPABLE, Failure.CONTEXT_LENGTH})

_Row = tuple[NDArray[np.float32], int]


class _Item:
    """One text on its way. place: in its caller's list. under_way: whether somebody is just reading it."""

    __slots__ = ("future", "place", "text", "under_way")

    def __init__(self, text: Input, place: int) -> None:
        self.text = text
        self.place = place
        self.under_way = False
        self.future: asyncio.Future[_Row] = asyncio.get_running_loop().create_future()


class _Lane:
    """The waiting texts of one urgency, and the calls under way with others of them."""

    def __init__(self, parallel: int, *, urgent: bool) -> None:
        self.parallel = parallel
        self.urgent = urgent
        self.waiting: deque[_Item] = deque()
        self.calls: set[asyncio.Task[None]] = set()
        self.timer: asyncio.TimerHandle | None = None
        self.is_due = False


class Batched:
    """An embedder around another. Urgent texts have calls of their own, and never wait for a batch of background work.

    A text that the embedder refuses fails alone: its batch is asked again in halves. A caller that goes takes its
    unsent texts along, and a call in which nobody has a text any more is cancelled.
    size: texts in a call, at most. gather: seconds that texts wait for company while calls are under way.
    parallel: calls at a time, each for urgent texts and for the others.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        size: int = BATCH_SIZE,
        gather: float = GATHER_SECONDS,
        parallel: int = 4,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._embedder = embedder
        self._size = size
        self._gather = gather
        self._telemetry = telemetry or Unwatched()
        self._lanes = (_Lane(parallel, urgent=True), _Lane(parallel, urgent=False))

    @property
    def name(self) -> str:
        """As the embedder's."""
        return self._embedder.name

    @property
    def dimensions(self) -> int | None:
        """As the embedder's."""
        return self._embedder.dimensions

    @property
    def max_tokens(self) -> int | None:
        """As the embedder's."""
        return self._embedder.max_tokens

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """As the port says. Tokens of a call that several callers shared are told by the length of their texts.

        An error has the tokens of the texts that were read all the same.
        """
        if not texts:
            return await self._embedder.embed(texts, urgent=urgent)
        lane = self._lanes[0 if urgent else 1]
        items = [_Item(text, place) for place, text in enumerate(texts)]
        lane.waiting.extend(items)
        self._move()
        try:
            rows = await asyncio.gather(*(item.future for item in items))
        except BanyanError as error:
            own = copy.copy(error)  # others may have got the same one
            own.tokens_read = sum(map(_read, items))
            raise own from error
        finally:
            for item in items:
                item.future.cancel()
        return Embedding(np.stack([vector for vector, _ in rows]), sum(tokens for _, tokens in rows))

    async def close(self) -> None:
        """Ends the calls under way, and closes the embedder."""
        calls = [call for lane in self._lanes for call in lane.calls]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self._embedder.close()

    def _move(self) -> None:
        for lane in self._lanes:
            self._move_lane(lane)

    def _move_lane(self, lane: _Lane) -> None:
        while lane.waiting and len(lane.calls) < lane.parallel:
            if lane.calls and len(lane.waiting) < self._size and not lane.is_due:
                if lane.timer is None:
                    lane.timer = asyncio.get_running_loop().call_later(self._gather, self._due, lane)
                return
            batch = self._next_batch(lane)
            if batch:
                self._send(lane, batch)
        if not lane.waiting:
            lane.is_due = False

    def _due(self, lane: _Lane) -> None:
        lane.timer, lane.is_due = None, True
        self._move_lane(lane)

    def _next_batch(self, lane: _Lane) -> list[_Item]:
        batch: list[_Item] = []
        while lane.waiting and len(batch) < self._size:
            item = lane.waiting.popleft()
            if not item.future.done():
                batch.append(item)
        return batch

    def _send(self, lane: _Lane, batch: list[_Item]) -> None:
        call = asyncio.create_task(self._call(batch, lane.urgent), name="embed a batch")
        lane.calls.add(call)
        left = len(batch)

        def gone(future: asyncio.Future[_Row]) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                call.cancel()  # nobody waits for any of it; without effect where it has ended

        def ended(task: asyncio.Task[None]) -> None:
            lane.calls.discard(task)
            for item in batch:
                item.future.cancel()
            self._move_lane(lane)

        for item in batch:
            item.future.add_done_callback(gone)
        call.add_done_callback(ended)

    async def _call(self, batch: list[_Item], urgent: bool) -> None:
        batch = [item for item in batch if not item.future.done()]
        if not batch:
            return
        texts = [item.text for item in batch]
        self._telemetry.embedded(len(texts))
        _mark(batch, under_way=True)
        try:
            found = await self._embedder.embed(texts, urgent=urgent)
        except BanyanError as error:
            _mark(batch, under_way=False)
            if len(batch) == 1 or kind_of(error) not in _BAD_INPUT:
                _fail(batch, error)
                return
            middle = len(batch) // 2
            await self._call(batch[:middle], urgent)
            await self._call(batch[middle:], urgent)
        except Exception as error:  # noqa: BLE001  whatever it is, whoever waits has to be told
            _fail(batch, error)
        else:
            for item, vector, tokens in zip(batch, found.vectors, shares(found.tokens, texts), strict=True):
                if not item.future.done():
                    item.future.set_result((vector, tokens))


def _mark(batch: list[_Item], *, under_way: bool) -> None:
    for item in batch:
        item.under_way = under_way


def _read(item: _Item) -> int:
    """Tokens that are charged for the text, estimated while it is under way: its call is given up, not unsaid."""
    future, text = item.future, item.text
    if future.done() and not future.cancelled():
        return 0 if future.exception() else future.result()[1]
    if not item.under_way:
        return 0
    return probable(len(text.encode("utf-8", "surrogatepass"))) if isinstance(text, str) else len(text)


def _fail(batch: list[_Item], error: Exception) -> None:
    for item in batch:
        if not item.future.done():
            item.future.set_exception(error)
