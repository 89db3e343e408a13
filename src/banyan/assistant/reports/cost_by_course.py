"""What courses cost."""

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    COURSE,
    Column,
    ColumnKind,
    Privacy,
    Report,
    count,
)

ENTRY = Report(
    "cost-by-course",
    "Cost by Course",
    "Turns of every kind with their tokens and what they cost in dollars, as the cost cap counts it. The dearest "
    "course comes first.",
    (
        COURSE,
        count("turns", "Turns"),
        count("learners", "Learners"),
        count("prompt_tokens", "Tokens In"),
        count("completion_tokens", "Tokens Out"),
        Column("cost", "Cost ($)", ColumnKind.MONEY),
    ),
    (*BY_DATE, BY_COURSE),
    privacy=Privacy.GROUPED,
)
