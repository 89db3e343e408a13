"""Indexes one source of a lesson: found by its words when this returns, by its meaning soon after."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Conflict, NotFound
from banyan.kernel.ids import new_id
from banyan.proxy.domain.editions import make_edition, place_of
from banyan.proxy.domain.knowledge import Document, Scope
from banyan.proxy.domain.library import Deleted, Edition, Run
from banyan.proxy.ports.vector_store import VectorStore
from banyan.proxy.usecases.embed_backlog import EmbedBacklog
from banyan.proxy.usecases.keyed_locks import KeyedLocks
from banyan.proxy.usecases.recover import LibraryAndBacklog, publish, recover, source_key

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_REPAIR_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to index, and where.

    scope: down to the lesson; without a source it is the lesson's own body.
    title: of the lesson, or of an attachment; empty takes the document's own.
    wait: return when the vectors are there too.
    staff_only: None for what the document's type says.
    replaces: the version that this was made from; anything else that is there by now stays, and that
        version is replaced even where this one is the same.
    """

    scope: Scope
    document: Document
    title: str = ""
    chapter: str = ""
    url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    wait: bool = False
    staff_only: bool | None = None
    replaces: int | None = None


class Indexer:
    """The one writer of library and index in this process; work that was accepted is finished before it stops.

    backlog: makes the vectors; None where there is no embedder.
    locks: shared where other processes write to the same library and index.
    """

    def __init__(
        self,
        library: LibraryAndBacklog,
        store: VectorStore,
        backlog: EmbedBacklog | None,
        clock: Clock,
        locks: KeyedLocks | None = None,
    ) -> None:
        self._library = library
        self._store = store
        self._backlog = backlog
        self._clock = clock
        self._locks = locks or KeyedLocks()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._recovery: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Repairs what a crash left, then embeds what waits, both in the background; indexing waits for the repair.

        At the end, work that was accepted is finished; embedding goes on after the next start.
        """
        background = asyncio.create_task(self._repair_and_embed(), name="repair and embed")
        try:
            yield
        finally:
            background.cancel()
            if self._recovery is not None:
                self._recovery.cancel()
                self._tasks.add(self._recovery)
            await asyncio.gather(background, *self._tasks, return_exceptions=True)

    async def index(self, order: Order) -> Run:
        """Indexes it and returns the run. Two orders for one source come one after the other, and the last one stays.

        Raises: InvalidInput for unusable names or an empty document; Conflict when it was deleted meanwhile or, with
        `replaces`, changed.
        """
        place = place_of(order.scope)
        edition = await asyncio.to_thread(
            make_edition,
            order.document,
            place,
            title=order.title,
            chapter=order.chapter,
            url=order.url,
            metadata=order.metadata,
            staff_only=order.staff_only,
        )
        edition = replace(edition, anew=order.replaces is not None)
        await asyncio.shield(self._repaired())
        run = await self._finish(self._index(edition, urgent=order.wait, replaces=order.replaces))
        if self._backlog is not None and order.wait:
            return await self._embedded(self._backlog, place.tenant, run)
        return await self._run(place.tenant, run)

    async def delete(self, scope: Scope) -> Deleted:
        """Removes a course, lesson or source from every later answer, also while it is being indexed."""
        await asyncio.shield(self._repaired())
        return await self._finish(self._delete(scope))

    async def _index(self, edition: Edition, *, urgent: bool, replaces: int | None) -> str:
        run = await self._publish(edition, replaces)
        if self._backlog is not None:
            self._backlog.call(urgent=urgent)
        return run

    async def _publish(self, edition: Edition, replaces: int | None) -> str:
        run = new_id("run")
        async with self._locks.held(*source_key(edition.scope)):
            if replaces is not None:
                there = await self._library.text(edition.scope)
                if there is None or there.version != replaces:
                    raise Conflict("The lesson was changed meanwhile; what is there now stays.", code="lesson_changed")
            begun = await self._library.begin(edition, run, self._clock.now())
            if begun is None:
                return run
            try:
                visible = await publish(
                    self._library, self._store, begun, self._clock, awaits_vectors=self._backlog is not None
                )
            except Exception as error:
                reason = error.message if isinstance(error, BanyanError) else "It failed unexpectedly; see the log."
                if await self._library.withdraw(begun.version, reason, self._clock.now()):
                    await self._store.delete([point.id for point in begun.points])
                raise
        if not visible:
            raise Conflict("The lesson was deleted while it was being indexed; index it again if it should be there.")
        return run

    async def _delete(self, scope: Scope) -> Deleted:
        deleted = await self._library.delete(scope, self._clock.now())
        await self._store.delete_scope(scope)
        return deleted

    async def _embedded(self, backlog: EmbedBacklog, tenant: str, id: str) -> Run:
        """The run when its vectors are there, or when something is in their way."""
        while True:
            rounds = backlog.rounds
            run = await self._run(tenant, id)
            if run.status != "running":
                return run
            if await backlog.progressed(rounds) is not None:
                return await self._run(tenant, id)

    async def _run(self, tenant: str, id: str) -> Run:
        run = await self._library.run(tenant, id)
        if run is None:
            raise NotFound(f"There is no run {id}; look at the list of runs.")
        return run

    async def _finish(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Runs it to its end, even when the caller goes away: half an indexing helps nobody."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    def _repaired(self) -> asyncio.Task[None]:
        """The repair; begun again by the next one who needs it when it failed."""
        if self._recovery is None or (self._recovery.done() and _failed(self._recovery)):
            name = self._backlog.embedder.name if self._backlog is not None else None
            work = recover(self._library, self._store, name, self._clock, self._locks)
            self._recovery = asyncio.create_task(work, name="repair the index")
        return self._recovery

    async def _repair_and_embed(self) -> None:
        while True:
            try:
                await asyncio.shield(self._repaired())
                break
            except BanyanError as error:
                _log.error("The search index could not be repaired and will be tried again: %s", error.message)
                await asyncio.sleep(_REPAIR_PAUSE)
        if self._backlog is not None:
            async with self._backlog.running():
                await asyncio.Event().wait()


def _failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None
