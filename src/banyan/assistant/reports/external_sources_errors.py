"""Pages beside lessons that could not be fetched."""

from banyan.assistant.domain.external_sources import SourceStatus
from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_LESSON,
    COURSE,
    LESSON,
    Column,
    ColumnKind,
    Filter,
    FilterKind,
    Report,
)

_STATUS: dict[str, tuple[str, ...]] = {"Errors": (SourceStatus.ERROR.value, SourceStatus.QUARANTINED.value)}
_STATUS |= {one.value: (one.value,) for one in SourceStatus}
_STATUS |= {"All": tuple(one.value for one in SourceStatus)}

ENTRY = Report(
    "external-sources-errors",
    "AI External Sources Errors",
    "Pages whose last fetch failed or whose content was quarantined; with `status` those of that status, or all. "
    "At most 500, by status from Z to A, those fetched last first.",
    (
        COURSE,
        LESSON,
        Column("title", "Title"),
        Column("url", "URL"),
        Column("status", "Status"),
        Column("last_fetched_at", "Last Fetched", ColumnKind.MOMENT),
        Column("error", "Error"),
    ),
    (BY_COURSE, BY_LESSON, Filter("status", "Status", FilterKind.CHOICE, choices=_STATUS, default="Errors")),
    most=500,
)
