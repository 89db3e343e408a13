"""What learners say of an answer, and what staff do about it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Rating(StrEnum):
    """A thumb."""

    UP = "up"
    DOWN = "down"


class Reason(StrEnum):
    """Why; several may hold. Stable, for programs."""

    WRONG = "wrong"
    UNCLEAR = "unclear"
    OFF_QUESTION = "off_question"
    NO_SOURCE = "no_source"
    TOO_LITTLE_HELP = "too_little_help"
    TOO_MUCH_HELP = "too_much_help"
    HELPFUL = "helpful"
    CLEAR = "clear"
    OTHER = "other"


class Remedy(StrEnum):
    """What staff did."""

    NOTHING = "nothing"
    LESSON_CHANGED = "lesson_changed"
    FAQ_WRITTEN = "faq_written"
    LEARNER_ANSWERED = "learner_answered"
    POLICY_CHANGED = "policy_changed"
    OTHER = "other"


class Feedback(Struct, frozen=True, kw_only=True):
    """On one answer, by whoever got it. message: its id, which is the feedback's own as well.

    resolved: when staff had looked at it; None before. A change by the learner opens it again.
    """

    tenant: str
    message: str
    session: str
    user: str
    course: str
    lesson: str
    rating: Rating
    reasons: tuple[Reason, ...] = ()
    comment: str = ""
    created: datetime
    updated: datetime
    resolved: datetime | None = None
    resolved_by: str = ""
    action: Remedy | None = None
    note: str = ""
