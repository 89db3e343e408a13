"""How reliably and how fast models answered."""

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
    Report,
    Row,
    count,
    percent,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """rows: course, lesson, requests, errors, milliseconds in all, and the 95th percentile."""
    return [
        (course, lesson, requests, errors, percent(errors, requests), took // requests, p95)
        for course, lesson, requests, errors, took, p95 in rows
    ]


ENTRY = Report(
    "proxy-summary",
    "AI Proxy Summary",
    "Turns in which a model was asked, with what counts as a request and an error in proxy-errors-by-status. Latency "
    "is that of the whole turn in milliseconds; its 95th percentile is the value at index round(0.95 (n - 1)).",
    (
        COURSE,
        LESSON,
        count("requests", "Requests"),
        count("errors", "Errors"),
        Column("error_rate", "Error %", ColumnKind.PERCENT),
        count("avg_latency", "Avg Latency (ms)"),
        count("p95_latency", "P95 Latency (ms)"),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    arrange=arrange,
)
