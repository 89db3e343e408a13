"""What guardrails found."""

from collections.abc import Sequence

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_LESSON,
    COURSE,
    LESSON,
    About,
    Column,
    ColumnKind,
    Filter,
    FilterKind,
    Report,
    Row,
)

_SOURCES = ("chat", "external", "content", "attachment")
_TYPES = ("Injection", "Sensitive", "Crisis", "Language", "Leak", "Length", "Markup", "PII")


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """The last three values of a row become its note."""
    return [(*row[:-3], f"{row[-3]} looked at the {row[-2]}: {row[-1]}") for row in rows]


ENTRY = Report(
    "guardrail-events",
    "AI Guardrail Events",
    "The newest 500 findings of the period, with at most 240 characters of what was found, masked. The notes say which "
    "guardrail looked at what, and what followed.",
    (
        Column("time", "Time", ColumnKind.MOMENT),
        Column("user", "User", ColumnKind.USER),
        COURSE,
        LESSON,
        Column("source", "Source"),
        Column("event_type", "Type"),
        Column("snippet", "Snippet"),
        Column("notes", "Notes"),
    ),
    (
        Filter("from", "From", FilterKind.MOMENT),
        Filter("to", "To", FilterKind.MOMENT),
        BY_COURSE,
        BY_LESSON,
        Filter("source", "Source", FilterKind.CHOICE, choices={one: (one,) for one in _SOURCES}),
        Filter("event_type", "Type", FilterKind.CHOICE, choices={one: (one,) for one in _TYPES}),
        Filter("user", "User", FilterKind.USER),
    ),
    arrange=arrange,
    most=500,
)
