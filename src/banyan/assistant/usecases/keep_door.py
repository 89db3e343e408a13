"""Keeps learners out of models and courses that the tutor is closed to, wherever they ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from banyan.assistant.domain.admission import in_exam, refusal
from banyan.assistant.domain.notices import Notice
from banyan.assistant.ports.turn_log import TurnLog, TurnRecord
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class KeepDoor:
    """The use case; for whoever gives answers without a turn. surface: for the log, in which every refusal stands.

    Whether somebody is enrolled is asked of the roster alone: what a backend knows of its learners is not told here.
    """

    admit: Admit
    board: ExamBoard
    log: TurnLog
    surface: str = "proxy"

    async def answers(self, caller: Identity, course: str | None = None, lesson: str | None = None) -> None:
        """As the proxy's port `Door` says. Without a course, an exam in any of the learner's courses closes."""
        if caller.is_staff:
            return
        if course is not None:
            self._refuse(caller, course, lesson, await self._notice(caller, course, lesson))
            return
        for place in await self._exams(caller):
            self._refuse(caller, place, None, in_exam())

    async def reads(self, caller: Identity, course: str) -> None:
        """As the proxy's port `Door` says: what stands in lessons is a crib as well."""
        if not caller.is_staff and await self.admit.is_closed(caller, course):
            self._refuse(caller, course, None, in_exam())

    async def _notice(self, caller: Identity, course: str, lesson: str | None) -> Notice | None:
        admit = self.admit
        effective = await admit.policies.effective(caller.tenant, course, lesson)
        standing = await admit.platform.standing(caller, course, lesson)
        if standing.enrolled is None:
            standing = structs.replace(standing, enrolled=True)
        lock = await self.board.lock_for(caller.tenant, course, caller.user, admit.clock.now())
        return refusal(effective, standing, lock)

    async def _exams(self, caller: Identity) -> Sequence[str]:
        """Courses in which the learner is in an open exam. One for all of a course is not for strangers to it."""
        closed = await self.board.closed_courses(caller.tenant, caller.user, self.admit.clock.now())
        found = []
        for course, lock in closed:
            named = lock.learners is not None
            if named or (await self.admit.platform.standing(caller, course)).enrolled is not False:
                found.append(course)
        return found

    def _refuse(self, caller: Identity, course: str, lesson: str | None, notice: Notice | None) -> None:
        if notice is None:
            return
        now = self.admit.clock.now()
        place = (caller.tenant, new_id("try"), now, caller.user, course, lesson or "")
        self.log.turn(TurnRecord(*place, self.surface, "withheld", notice=notice.code.value))
        raise NotAllowed(notice.message, code=notice.code.value, param="course")
