"""Closes a course's tutor for an exam, and opens it again; both are for the staff of the course."""

from collections.abc import Sequence
from datetime import datetime

from banyan.assistant.domain.admission import ExamLock, LockRecord
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id


class LockCourse:
    """The use cases around exams. Raise: NotAllowed; Unavailable."""

    def __init__(self, board: ExamBoard, platform: LearningPlatform, clock: Clock) -> None:
        self._board = board
        self._platform = platform
        self._clock = clock

    async def put(
        self,
        asker: Identity,
        course: str,
        *,
        learners: Sequence[str] | None,
        since: datetime | None,
        until: datetime | None,
        reason: str,
    ) -> LockRecord:
        """In force at once here, and within a second everywhere. The same lock twice is one.

        learners: None for all. since: None for now. until: None until it is lifted. Raises: InvalidInput.
        """
        await require_staff(self._platform, asker, course)
        now = self._clock.now()
        begins = max(since, now) if since is not None else now
        if until is not None and until <= begins:
            raise InvalidInput("The lock would end before it begins; correct `until`.", param="until")
        named = None if learners is None else frozenset(learners)
        lock = ExamLock(new_id("exl"), begins, until, named, reason)
        return await self._board.put(LockRecord(asker.tenant, course, lock, asker.user, now))

    async def lift(self, asker: Identity, course: str, id: str | None) -> Sequence[str]:
        """Without an id all of the course. Raises: NotFound where that lock is not in force."""
        await require_staff(self._platform, asker, course)
        lifted = await self._board.lift(asker.tenant, course, id, asker.user)
        if id is not None and not lifted:
            raise NotFound(
                "There is no such lock in force; look at GET /api/v1/courses/COURSE/lock.", code="unknown_lock"
            )
        return lifted

    async def all(self, asker: Identity, course: str) -> Sequence[LockRecord]:
        """All there ever were, the newest first."""
        await require_staff(self._platform, asker, course)
        return await self._board.of_course(asker.tenant, course)
