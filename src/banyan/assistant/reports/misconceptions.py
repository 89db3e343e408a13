"""Which passages are not understood."""

from banyan.assistant.domain.reporting import (
    BY_COURSE,
    BY_DATE,
    BY_LESSON,
    COURSE,
    LESSON,
    PLACE,
    Privacy,
    Report,
    Source,
    count,
    with_headings,
)

ENTRY = Report(
    "misconceptions",
    "Misconceptions",
    "Signs that a passage is not understood, by the first passage that answers cite. `asked_again`: answers after "
    "which the same person's next question in the session led to the same passage, whether or not in other words. "
    "`thumbs_down`: answers rated so, with how many were called wrong or unclear. `learners`: people behind either. It "
    "does not look for wrong claims in what learners write.",
    (
        COURSE,
        LESSON,
        *PLACE,
        count("asked_again", "Asked Again"),
        count("thumbs_down", "Thumbs Down"),
        count("wrong", "Wrong"),
        count("unclear", "Unclear"),
        count("thumbs_up", "Thumbs Up"),
        count("learners", "Learners"),
    ),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    Source.CHATS,
    Privacy.AMONG,
    with_headings,
    most=1000,
)
