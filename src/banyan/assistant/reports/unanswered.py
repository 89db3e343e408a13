"""What learners asked and the course has nothing on."""

from collections.abc import Sequence

from banyan.assistant.domain.redacting import redacted
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
)
from banyan.kernel.same_question import plainly

_LONGEST = 300


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """rows: course, lesson, why, question, user and time, the newest first. What was asked most often comes first."""
    names = about.names | {user for _, _, _, _, user, _ in rows}
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    texts: dict[tuple[str, str, str, str], str] = {}
    for course, lesson, why, question, user, at in rows:
        text = " ".join(redacted(question, names).split())[:_LONGEST]
        key = (course, lesson, plainly(text), why)
        texts.setdefault(key, text)
        groups.setdefault(key, []).append((user, at))
    found = [
        (course, lesson, texts[key], why, len(asked), len({user for user, _ in asked}), max(at for _, at in asked))
        for key, asked in groups.items()
        for course, lesson, _, why in [key]
    ]
    return sorted(found, key=lambda row: (-row[4], -row[5], *row[:4]))


ENTRY = Report(
    "unanswered",
    "Unanswered Questions",
    "The newest 2,000 questions of the chat on which the course has nothing (`not_covered`), that were refused as off "
    "topic (`off_topic`), or whose answer failed (`failed`). Equal words count as one question, whatever their case "
    "and closing marks. E-mail addresses, telephone numbers, handles and names of the course's people are taken out.",
    (
        COURSE,
        LESSON,
        Column("question", "Question"),
        Column("reason", "Reason"),
        count("times", "Times"),
        count("learners", "Learners"),
        Column("last_at", "Last Asked", ColumnKind.MOMENT),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    Source.CHATS,
    Privacy.AMONG,
    arrange,
    most=2000,
    redacted=True,
)
