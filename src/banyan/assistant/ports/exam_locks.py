"""The port to open exams."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.admission import ExamLock, LockRecord


class ExamLocks(Protocol):
    """Reads are from memory; a lock of any process is in force within a second everywhere, and at once in its own."""

    async def lock_for(self, tenant: str, course: str, user: str, now: datetime) -> ExamLock | None:
        """The lock that closes the course to the learner now. Raises: Unavailable where nobody can tell."""
        ...

    def watch(
        self, tenant: str, course: str, user: str, closed: Callable[[ExamLock], None]
    ) -> AbstractContextManager[None]:
        """Within the block `closed` is called as soon as a lock closes the course to the learner."""
        ...


class ExamLockStore(Protocol):
    """Where locks are kept. Raises Unavailable."""

    async def change(self) -> int:
        """A number that grows with every lock that is set or lifted."""
        ...

    async def standing(self, now: datetime) -> Sequence[LockRecord]:
        """Of all tenants, those that are open at that time or will be."""
        ...

    async def of_course(self, tenant: str, course: str) -> Sequence[LockRecord]:
        """All there ever were, the newest first."""
        ...

    async def add(self, record: LockRecord) -> LockRecord:
        """The record; or the one in force that says the same, and then nothing is added."""
        ...

    async def lift(self, tenant: str, course: str, id: str | None, by: str, now: datetime) -> Sequence[str]:
        """Ids of the locks that are no more: the one of that id, or without any id all of the course."""
        ...
