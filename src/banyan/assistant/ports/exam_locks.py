"""The port to open exams."""

from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.admission import ExamLock


class ExamLocks(Protocol):
    """Reads are from memory; a lock of any process is in force within a second everywhere, and at once in its own."""

    async def lock_for(self, tenant: str, course: str, user: str, now: datetime) -> ExamLock | None:
        """The lock that closes the course to the learner now. Raises: Unavailable where nobody can tell."""
        ...
