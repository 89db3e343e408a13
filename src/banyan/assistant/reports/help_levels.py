"""How much help was given, and what slipped."""

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    COURSE,
    Column,
    Privacy,
    Report,
    count,
)

ENTRY = Report(
    "help-levels",
    "Help Levels",
    "Turns by the help level that was in force, empty where nobody was let in. `hints_given`: steps of ladders that "
    "were used in the period, at the level `hints`. `solution_turns`: turns about a solution that is kept from "
    "learners, and in how many of them something was withheld. `leak_events`: findings of the guardrail "
    "`leak` in turns of the level.",
    (
        COURSE,
        Column("help_level", "Help Level"),
        count("turns", "Turns"),
        count("learners", "Learners"),
        count("hints_given", "Hints Given"),
        count("solution_turns", "Solution Turns"),
        count("withheld", "Withheld"),
        count("leak_events", "Leak Events"),
    ),
    (*BY_DATE, BY_COURSE),
    privacy=Privacy.AMONG,
)
