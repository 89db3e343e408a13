"""With which status models answered."""

from collections.abc import Sequence

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    BY_LESSON,
    About,
    Column,
    ColumnKind,
    Report,
    Row,
    count,
    percent,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """With each group's share of all."""
    total = sum(row[1] for row in rows)
    return [(*row, percent(row[1], total)) for row in rows]


ENTRY = Report(
    "proxy-errors-by-status",
    "AI Proxy Errors by Status",
    "Turns in which a model was asked, by its status code: 200 where it answered, 0 where there was no answer over "
    "HTTP. Errors are turns that failed. Published FAQs and refusals before a model are no requests.",
    (
        count("status_code", "Status Code"),
        count("requests", "Requests"),
        count("errors", "Errors"),
        Column("pct_of_req", "% of Requests", ColumnKind.PERCENT),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    arrange=arrange,
)
