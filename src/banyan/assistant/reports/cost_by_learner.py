"""What learners cost."""

from collections.abc import Sequence
from itertools import groupby

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    COURSE,
    LEAST_LEARNERS,
    About,
    Column,
    ColumnKind,
    Privacy,
    Report,
    Row,
    count,
)


def arrange(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """rows: course, user, turns, tokens in and out, and cost, by course, the dearest first."""
    if about.exact:
        found = [(course, user, 1, *rest) for course, user, *rest in rows]
        return sorted(found, key=lambda row: (-row[-1], row[0], row[1]))
    return [band for _, of in groupby(rows, key=lambda row: row[0]) for band in _bands(list(of))]


def _bands(rows: Sequence[Row]) -> list[Row]:
    """Neighbours in cost together, five or more in each; nothing where there are fewer."""
    size, many = LEAST_LEARNERS, len(rows) // LEAST_LEARNERS
    cuts = [rows[size * n : size * (n + 1) if n < many - 1 else None] for n in range(many)]
    return [(of[0][0], "", len(of), *(sum(row[at] for row in of) for at in range(2, 6))) for of in cuts]


ENTRY = Report(
    "cost-by-learner",
    "Cost by Learner",
    "Turns of every kind by who asked, with their tokens and what they cost in dollars. Admins see one row for each "
    "person and course. Others see groups of five or more with similar costs, the dearest first, and no names.",
    (
        COURSE,
        Column("user", "User", ColumnKind.USER),
        count("learners", "Learners"),
        count("turns", "Turns"),
        count("prompt_tokens", "Tokens In"),
        count("completion_tokens", "Tokens Out"),
        Column("cost", "Cost ($)", ColumnKind.MONEY),
    ),
    (*BY_DATE, BY_COURSE),
    privacy=Privacy.GROUPED,
    arrange=arrange,
)
