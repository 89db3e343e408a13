"""The port to open exams."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.admission import ExamLock


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
