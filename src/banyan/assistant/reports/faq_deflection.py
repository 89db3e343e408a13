"""How many questions published FAQs answer."""

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
    count,
    percent,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """With the share of answers."""
    return [(*row[:4], percent(row[3], row[2]), *row[4:]) for row in rows]


ENTRY = Report(
    "faq-deflection",
    "FAQ Deflection",
    "Answers in the chat, and how many of them came from published FAQs without a model. The saving is what a model "
    "would have taken, counted when the FAQ answered; `unpriced` calls have no known price and are not in `saved`.",
    (
        COURSE,
        LESSON,
        count("answers", "Answers"),
        count("from_faq", "From FAQ"),
        Column("share", "From FAQ %", ColumnKind.PERCENT),
        count("saved_calls", "Saved Calls"),
        count("saved_tokens", "Saved Tokens"),
        Column("saved", "Saved ($)", ColumnKind.MONEY),
        count("unpriced", "Unpriced"),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    privacy=Privacy.AMONG,
    arrange=arrange,
)
