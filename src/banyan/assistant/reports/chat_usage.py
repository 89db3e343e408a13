"""How much was asked about each lesson."""

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    BY_LESSON,
    COURSE,
    LESSON,
    Column,
    ColumnKind,
    Report,
    Source,
    count,
)

ENTRY = Report(
    "chat-usage",
    "AI Chat Usage",
    "Sessions that began in the period, with all messages in them, those of the tutor included; first and last by "
    "message, or by session where it has none. The most recently used lesson comes first.",
    (
        COURSE,
        LESSON,
        count("sessions", "Sessions"),
        count("messages", "Messages"),
        count("users", "Users"),
        Column("first_at", "First Activity", ColumnKind.MOMENT),
        Column("last_at", "Last Activity", ColumnKind.MOMENT),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    Source.CHATS,
)
