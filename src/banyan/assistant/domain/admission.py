"""Whether the tutor answers somebody here and now, and what they are told if it does not."""

from datetime import datetime

from msgspec import Struct

from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import Effective, Level
from banyan.assistant.domain.standing import Standing


class ExamLock(Struct, frozen=True):
    """An open exam: the course's tutor is closed to these learners. learners: None for all of them.

    until: None while it is open-ended.
    """

    id: str
    since: datetime
    until: datetime | None
    learners: frozenset[str] | None = None
    reason: str = ""

    def closes(self, user: str, now: datetime) -> bool:
        """Whether the learner is in the exam at that time."""
        within = self.since <= now and (self.until is None or now < self.until)
        return within and (self.learners is None or user in self.learners)

    def says_as(self, other: "ExamLock") -> bool:
        """Whether both close the course to the same learners, at the same time, for the same reason.

        A lock that has begun says as one that is to begin now.
        """
        began = self.since <= other.since
        return began and (self.until, self.learners, self.reason) == (other.until, other.learners, other.reason)


class LockRecord(Struct, frozen=True):
    """A lock, who set it and when, and who lifted it; "" and None while nobody has."""

    tenant: str
    course: str
    lock: ExamLock
    by: str
    at: datetime
    lifted_by: str = ""
    lifted_at: datetime | None = None


def in_exam() -> Notice:
    """What a learner is told while an exam is open."""
    return Notice(NoticeCode.EXAM, "An exam is open in this course, so the assistant is closed until it is over.")


def not_visible(standing: Standing) -> Notice:
    """What somebody is told who does not see a lesson."""
    return Notice(NoticeCode.NOT_VISIBLE, standing.reason or "This lesson is not open to you yet.")


def refusal(effective: Effective, standing: Standing, lock: ExamLock | None) -> Notice | None:
    """Why there is no answer; None where there is one. Staff of the course are let in where learners are not."""
    if not effective.policy.enabled:
        return Notice(NoticeCode.OFF, "The assistant is switched off here. Your teacher can switch it on.")
    if effective.paused:
        return Notice(NoticeCode.PAUSED, "The assistant takes a break in this course. Please try again later.")
    if standing.teaches:
        return None
    if _unwatched(effective, standing):
        return Notice(NoticeCode.NO_TUTOR, "The assistant is not open to minors here yet. Your school can open it.")
    if not standing.sees:
        return not_visible(standing)
    if effective.policy.require_enrolment and standing.enrolled is not True:
        return Notice(NoticeCode.NOT_VISIBLE, "You are not enrolled in this course, so its assistant is closed to you.")
    if lock is not None:
        return in_exam()
    return None


def _unwatched(effective: Effective, standing: Standing) -> bool:
    """Whether a minor would be alone: nobody is named who is told of a learner in need.

    What the platform says of the person goes before the policy. The built-in value of `minors` counts as no answer, so
    that a trial works; an operator who decides, decides for real.
    """
    policy = effective.policy
    if policy.crisis_contact:
        return False
    if standing.minor is not None:
        return standing.minor
    origin = effective.origins.get("minors")
    return policy.minors and origin is not None and origin.level is not Level.BUILT_IN
