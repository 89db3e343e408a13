"""What was said about a lesson."""

from collections.abc import Sequence
from dataclasses import replace

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    BY_LESSON,
    About,
    Column,
    ColumnKind,
    Report,
    Row,
    Source,
)

_LONGEST = 180


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """Contents cut short."""
    return [(at, role, user, content[:_LONGEST]) for at, role, user, content in rows]


ENTRY = Report(
    "chat-lesson-detail",
    "AI Chat Lesson Detail",
    "The newest 200 messages of the period about one lesson, contents cut to 180 characters. It names people, as the "
    "sessions do that the same staff may read.",
    (
        Column("time", "Time", ColumnKind.MOMENT),
        Column("role", "Role"),
        Column("user", "User", ColumnKind.USER),
        Column("content", "Content"),
    ),
    (replace(BY_COURSE, required=True), replace(BY_LESSON, required=True), *BY_DATE),
    Source.CHATS,
    arrange=arrange,
    most=200,
)
