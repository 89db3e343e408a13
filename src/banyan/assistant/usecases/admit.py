"""Decides whether somebody may use the tutor in a lesson now. Every surface comes through here."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from banyan.assistant.domain.admission import ExamLock, in_exam, not_visible, refusal
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import Effective
from banyan.assistant.domain.standing import Standing, believed
from banyan.assistant.ports.exam_locks import ExamLocks
from banyan.assistant.ports.platform import LearningPlatform, Look
from banyan.assistant.ports.policies import Policies
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import Identity


@dataclass(frozen=True, slots=True)
class Admit:
    """The use case. Fails closed: where policy, platform or locks cannot be asked, it raises Unavailable."""

    policies: Policies
    platform: LearningPlatform
    locks: ExamLocks
    clock: Clock

    async def __call__(self, asker: Identity, course: str, lesson: str) -> Circumstances | Notice:
        """The circumstances of a question, or why there is no answer. Raises: Unavailable; NotAllowed by the key."""
        about, notice = await self.judged(asker, course, lesson)
        return notice or about

    async def judged(self, asker: Identity, course: str, lesson: str) -> tuple[Circumstances, Notice | None]:
        """Both: a learner in need is heard where there is no answer as well. Raises as above."""
        asker.check_course(course)
        now = self.clock.now()
        effective = await self.policies.effective(asker.tenant, course, lesson)
        standing = await self.platform.standing(asker, course, lesson)
        lock = None if standing.teaches else await self.locks.lock_for(asker.tenant, course, asker.user, now)
        notice = refusal(effective, standing, lock)
        names = () if notice else tuple(await self.platform.names(asker.tenant, course))
        about = Circumstances(asker.tenant, asker.user, course, lesson, standing, effective, now.timestamp(), names)
        return about, notice

    async def is_closed(self, asker: Identity, course: str) -> bool:
        """Whether an exam keeps the caller from reading anything of the course here. Raises: Unavailable."""
        lock = await self.locks.lock_for(asker.tenant, course, asker.user, self.clock.now())
        return lock is not None and not (await self.platform.standing(asker, course)).teaches

    async def reader(self, asker: Identity, course: str, lesson: str | None = None) -> Identity:
        """As whom the caller reads material of the course, or of one lesson. Raises: NotAllowed; Unavailable."""
        await self.check_reading(asker, course)
        standing = await self.platform.standing(asker, course, lesson)
        if not (standing.sees or standing.teaches):
            raise NotAllowed(not_visible(standing).message, code=NoticeCode.NOT_VISIBLE.value, param="lesson")
        return standing.reader

    async def check_reading(self, asker: Identity, course: str) -> None:
        """For what is shown beside answers: sessions, and what was said. Raises: NotAllowed; Unavailable."""
        asker.check_course(course)
        if await self.is_closed(asker, course):
            notice = in_exam()
            raise NotAllowed(notice.message, code=notice.code.value, param="course")


class Believing:
    """A `LearningPlatform` that believes what the caller's token or backend says: courses named there are open."""

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """Staff teach the courses that their token names, or all where it names none."""
        return believed(asker, course)

    async def names(self, tenant: str, course: str) -> tuple[str, ...]:
        """Nobody told any."""
        return ()

    async def look(self) -> Look:
        """There is nothing to look at."""
        return Look()

    async def close(self) -> None:
        """Nothing to release."""


class BuiltInPolicies:
    """`Policies` where nobody has set any."""

    async def effective(self, tenant: str, course: str, lesson: str | None = None) -> Effective:
        """The built-in values."""
        return Effective()


class NoExams:
    """`ExamLocks` where there is none."""

    async def lock_for(self, tenant: str, course: str, user: str, now: datetime) -> ExamLock | None:
        """None."""
        return None

    def watch(
        self, tenant: str, course: str, user: str, closed: Callable[[ExamLock], None]
    ) -> AbstractContextManager[None]:
        """Nothing ever closes."""
        return nullcontext()
