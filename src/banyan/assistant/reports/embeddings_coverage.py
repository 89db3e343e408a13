"""How much of each lesson has vectors."""

from collections.abc import Sequence

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    COURSE,
    LESSON,
    About,
    Column,
    ColumnKind,
    Report,
    Row,
    Source,
    count,
    percent,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """With the share, by course and lesson."""
    return [(*row, percent(row[3], row[2])) for row in sorted(rows, key=lambda row: (row[0], row[1]))]


ENTRY = Report(
    "embeddings-coverage",
    "AI Embeddings Coverage",
    "Chunks that answers see, and how many of them have vectors. An empty lesson stands for what belongs to the whole "
    "course.",
    (
        COURSE,
        LESSON,
        count("total_chunks", "Total Chunks"),
        count("embedded_chunks", "Embedded Chunks"),
        Column("coverage", "Coverage %", ColumnKind.PERCENT),
    ),
    (BY_COURSE,),
    Source.INDEX,
    arrange=arrange,
)
