"""What a learner is told beside an answer, or instead of one."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class NoticeCode(StrEnum):
    """Why something was withheld or is different; stable, for programs."""

    OFF = "assistant_off"
    PAUSED = "assistant_paused"
    NOT_VISIBLE = "lesson_not_visible"
    EXAM = "exam_lock"
    MESSAGE_CAP = "message_cap"
    COST_CAP = "cost_cap"
    BLOCKED = "blocked"
    CRISIS = "crisis"
    NO_TUTOR = "no_tutor_for_minors"
    LANGUAGE = "language"
    LENGTH = "question_too_long"
    OFF_TOPIC = "off_topic"
    NOT_COVERED = "not_covered"
    UNSUPPORTED = "unsupported"
    CITATIONS_DROPPED = "citations_dropped"
    SOLUTION_KEPT = "solution_kept"
    MASKED = "masked"
    FALLBACK = "fallback"
    FAQ = "faq"


class Notice(Struct, frozen=True, omit_defaults=True):
    """message: one or two sentences that a learner understands. resets_at: when it is over, where that is known."""

    code: NoticeCode
    message: str
    resets_at: datetime | None = None
