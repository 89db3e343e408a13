"""How often learners leave after one question."""

from collections.abc import Sequence

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    BY_LESSON,
    COURSE,
    LESSON,
    About,
    Column,
    ColumnKind,
    Privacy,
    Report,
    Row,
    Source,
    count,
    percent,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """With the share of sessions."""
    return [(*row, percent(row[4], row[2])) for row in rows]


ENTRY = Report(
    "first-turn-bounce",
    "First-Turn Bounce",
    "Sessions that began in the period: how many have one question alone, and how many of those have no thumb up for "
    "its answer either (`bounced`). Somebody who got what they needed and left without a thumb counts as bounced, too.",
    (
        COURSE,
        LESSON,
        count("sessions", "Sessions"),
        count("one_question", "One Question"),
        count("bounced", "Bounced"),
        Column("bounce_rate", "Bounced %", ColumnKind.PERCENT),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    Source.CHATS,
    Privacy.AMONG,
    arrange,
)
