"""Where in a lesson questions gather."""

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
    "hot-spots",
    "Hot Spots",
    "Passages by the answers that cite them: how many answers, and how many different people got them. The passage "
    "that most answers cite comes first. An answer that cites three passages counts once for each.",
    (COURSE, LESSON, *PLACE, count("questions", "Questions"), count("learners", "Learners")),
    (*BY_DATE, BY_COURSE, BY_LESSON),
    Source.CHATS,
    Privacy.AMONG,
    with_headings,
    most=1000,
)
