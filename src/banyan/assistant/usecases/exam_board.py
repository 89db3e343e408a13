"""Knows which exams are open, in memory, and ends what is under way when one begins."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from banyan.assistant.domain.admission import ExamLock, LockRecord
from banyan.assistant.ports.exam_locks import ExamLockStore
from banyan.assistant.usecases.kept_current import kept_current
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError

_LOOK_SECONDS = 0.4
"""How often a change by another process is looked for, and whether an exam begins."""
_STALE_SECONDS = 3
"""After so long without a look nobody is let in before there has been one."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Watch:
    tenant: str
    course: str
    user: str
    closed: Callable[[ExamLock], None]


class ExamBoard:
    """Implements `ExamLocks`. Use it within `running()`. fault: why it is not current, "" where it is."""

    def __init__(self, store: ExamLockStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._locks: dict[tuple[str, str], list[ExamLock]] = {}
        self._tenants: frozenset[str] = frozenset()
        self._watches: set[_Watch] = set()
        self._change = -1
        self._looked = float("-inf")
        self.fault = ""

    async def lock_for(self, tenant: str, course: str, user: str, now: datetime) -> ExamLock | None:
        """As the port says."""
        await self._be_current()
        if (found := self._lock(tenant, course, user, now)) is None:
            return None
        # Another process may have lifted it, and has let the learner go on to this one.
        with suppress(BanyanError):
            await self.refresh()
            found = self._lock(tenant, course, user, now)
        return found

    async def closed_courses(self, tenant: str, user: str, now: datetime) -> Sequence[tuple[str, ExamLock]]:
        """Courses whose lock closes them to the learner now. Where the tenant has none this is a look into a set."""
        await self._be_current()
        if tenant not in self._tenants:
            return ()
        mine = [(course, locks) for (owner, course), locks in self._locks.items() if owner == tenant]
        return [(course, lock) for course, locks in mine for lock in locks if lock.closes(user, now)]

    async def _be_current(self) -> None:
        if asyncio.get_running_loop().time() - self._looked > _STALE_SECONDS:
            await self.refresh()

    @contextmanager
    def watch(self, tenant: str, course: str, user: str, closed: Callable[[ExamLock], None]) -> Iterator[None]:
        """As the port says."""
        watch = _Watch(tenant, course, user, closed)
        self._watches.add(watch)
        try:
            # A lock may have been set since the learner was let in.
            self._tell(watch, self._clock.now())
            yield
        finally:
            self._watches.discard(watch)

    async def put(self, record: LockRecord) -> LockRecord:
        """In force here when it returns. Raises: Unavailable."""
        kept = await self._store.add(record)
        learners = kept.lock.learners
        log.info(
            "exam-locked",
            tenant=kept.tenant,
            course=kept.course,
            lock=kept.lock.id,
            by=record.by,
            learners="all" if learners is None else len(learners),
        )
        await self.refresh()
        return kept

    async def lift(self, tenant: str, course: str, id: str | None, by: str) -> Sequence[str]:
        """Ids of those that are no more. Raises: Unavailable."""
        lifted = await self._store.lift(tenant, course, id, by, self._clock.now())
        log.info("exam-unlocked", tenant=tenant, course=course, locks=list(lifted), by=by)
        await self.refresh()
        return lifted

    async def of_course(self, tenant: str, course: str) -> Sequence[LockRecord]:
        """All there ever were, the newest first. Raises: Unavailable."""
        return await self._store.of_course(tenant, course)

    async def refresh(self) -> None:
        """Takes over what has changed, and tells whom it concerns. Raises: Unavailable."""
        change, now = await self._store.change(), self._clock.now()
        if change != self._change:
            found: dict[tuple[str, str], list[ExamLock]] = {}
            for record in await self._store.standing(now):
                found.setdefault((record.tenant, record.course), []).append(record.lock)
            self._locks, self._change = found, change
            self._tenants = frozenset(owner for owner, _ in found)
        self._looked = asyncio.get_running_loop().time()
        if self._locks:
            for watch in list(self._watches):
                self._tell(watch, now)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps itself current while the block runs. Raises: Unavailable."""
        async with kept_current(self, "exam locks", every=_LOOK_SECONDS):
            yield

    def _lock(self, tenant: str, course: str, user: str, now: datetime) -> ExamLock | None:
        locks = self._locks.get((tenant, course), ())
        return next((lock for lock in locks if lock.closes(user, now)), None)

    def _tell(self, watch: _Watch, now: datetime) -> None:
        lock = self._lock(watch.tenant, watch.course, watch.user, now)
        if lock is not None:
            self._watches.discard(watch)
            watch.closed(lock)
