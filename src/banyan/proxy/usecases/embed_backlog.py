"""Gives every published chunk its vectors, in the background and across restarts."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import numpy as np

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Unavailable
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.library import Backlog, Waiting
from banyan.proxy.ports.vector_store import PointVectors, VectorStore
from banyan.proxy.usecases.keyed_locks import KeyedLocks

_log = logging.getLogger(__name__)

_BATCH_CHUNKS = 128
"""About a thousand texts with their sentences: enough for the embedder to sort by length, a few seconds of work."""

_QUIET = 0.3
_LONGEST_HOLD = 5.0
"""Seconds. Embedding takes every core, so while lessons keep coming it lets them be indexed first, up to a point."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


_LOOK_AGAIN = 5.0
"""Seconds after which a process looks whether another one has died over its work or left it undone."""


class EmbedBacklog:
    """Owns one worker task, from `running()` until its block ends.

    locks: shared where other processes work on the same backlog; then each takes whole versions that nobody is at.
    """

    def __init__(
        self,
        backlog: Backlog,
        store: VectorStore,
        embedder: Embedder,
        clock: Clock,
        locks: KeyedLocks | None = None,
    ) -> None:
        self._locks = locks or KeyedLocks()
        self._claims: set[int] = set()
        self._backlog = backlog
        self._store = store
        self._embedder = embedder
        self._clock = clock
        self._work = asyncio.Event()
        self._first_call = 0.0
        self._last_call = 0.0
        self._hurry = asyncio.Event()
        self._rounds = 0
        self._progress = asyncio.Condition()
        self._trouble: BanyanError | None = None

    @property
    def embedder(self) -> Embedder:
        """What makes the vectors."""
        return self._embedder

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends; a batch under way is dropped then, and done again after the next start."""
        task = asyncio.create_task(self._run(), name="embed backlog")
        self.call()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def call(self, *, urgent: bool = False) -> None:
        """There is something to embed. urgent: somebody waits for it."""
        self._last_call = time.monotonic()
        if not self._work.is_set():
            self._first_call = self._last_call
        self._work.set()
        if urgent:
            self._hurry.set()

    @property
    def rounds(self) -> int:
        """How often vectors were stored or could not be."""
        return self._rounds

    async def progressed(self, since: int) -> BanyanError | None:
        """Waits until `rounds` is beyond `since`; returns what is in the way of the vectors, if anything.

        Where other processes may do the work, it waits no longer than a moment.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUIET if self._locks.shared else None), self._progress:
                await self._progress.wait_for(lambda: self._rounds > since)
        return self._trouble

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), _LOOK_AGAIN if self._locks.shared else None)
            await self._settled()
            trouble = await self._try()
            if trouble is None:
                pause = _FIRST_PAUSE
            else:
                _log.warning("Embedding stopped and will be tried again in %.0f s: %s", pause, trouble.message)
                self._work.set()
                await self._unless_hurried(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self) -> BanyanError | None:
        """One pass over the backlog; what went wrong is written on the runs that wait for it."""
        had_trouble = self._trouble is not None
        self._trouble = None
        try:
            await self._pass()
            if had_trouble:
                await self._backlog.note_trouble(None)
        except BanyanError as error:
            self._trouble = error
        except Exception:  # noqa: BLE001 - a worker that dies of a surprise would embed nothing until the next start
            _log.exception("Embedding failed for a reason that nobody foresaw.")
            self._trouble = Unavailable("Embedding failed unexpectedly; see the log of the service.")
        if self._trouble is not None:
            await self._note(self._trouble)
        await self._tell()
        return self._trouble

    async def _settled(self) -> None:
        """Waits for a pause in the indexing, unless somebody waits for vectors."""
        while not self._hurry.is_set():
            rest = min(self._last_call + _QUIET, self._first_call + _LONGEST_HOLD) - time.monotonic()
            if rest <= 0:
                return
            await self._unless_hurried(rest)

    async def _unless_hurried(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

    async def _pass(self) -> None:
        """Embeds all there is. The next batch is fetched, and the last one stored, while the model computes."""
        self._work.clear()
        self._hurry.clear()
        storing: asyncio.Task[None] | None = None
        try:
            batch, reached = await self._next((0, -1))
            while batch:
                async with asyncio.TaskGroup() as group:
                    embedding = group.create_task(self._embed(batch))
                    following = group.create_task(self._next(reached))
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._keep(batch, embedding.result()))
                batch, reached = following.result()
            if storing is not None:
                await storing
        except BaseExceptionGroup as group_error:
            raise _first(group_error) from group_error
        finally:
            if storing is not None and not storing.done():
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
            await self._release(self._claims)

    async def _next(self, after: tuple[int, int]) -> tuple[list[Waiting], tuple[int, int]]:
        """The next chunks of versions that no other process is at, and how far this has looked; [] at the end."""
        while waiting := await self._backlog.waiting(after, _BATCH_CHUNKS):
            reached = (waiting[-1].version, waiting[-1].ordinal)
            if await self._claim({one.version for one in waiting}):
                # Between the look and the claim somebody may have finished the version.
                waiting = await self._backlog.waiting(after, _BATCH_CHUNKS)
            mine = [one for one in waiting if one.version in self._claims and (one.version, one.ordinal) <= reached]
            if mine:
                return mine, reached
            after = reached
        return [], after

    async def _claim(self, versions: set[int]) -> bool:
        """Whether others could have been at the versions that are claimed now."""
        new = versions - self._claims
        for version in sorted(new):
            if await self._locks.claim("embed", str(version)):
                self._claims.add(version)
        return self._locks.shared and bool(new)

    async def _release(self, versions: Iterable[int]) -> None:
        for version in sorted(versions):
            if version in self._claims:
                self._claims.remove(version)
                await self._locks.release("embed", str(version))

    async def _embed(self, batch: list[Waiting]) -> list[PointVectors]:
        texts = [text for one in batch for text in (one.text, *one.sentences)]
        rows = (await self._embedder.embed(texts)).vectors
        made = []
        at = 0
        for one in batch:
            after = at + 1 + len(one.sentences)
            made.append(PointVectors(one.id, rows[at], np.ascontiguousarray(rows[at + 1 : after])))
            at = after
        return made

    async def _keep(self, batch: list[Waiting], vectors: list[PointVectors]) -> None:
        await self._store.set_vectors(vectors)
        await self._backlog.mark_embedded(batch, self._embedder.name, self._clock.now())
        await self._release({one.version for one in batch} - {batch[-1].version})
        await self._tell()

    async def _note(self, error: BanyanError) -> None:
        try:
            await self._backlog.note_trouble(error.message)
        except BanyanError as second:
            _log.warning("The trouble could not be written down: %s", second.message)

    async def _tell(self) -> None:
        async with self._progress:
            self._rounds += 1
            self._progress.notify_all()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of the task that failed first; the others were cancelled because of it."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
