"""Solutions that a teacher keeps from learners."""

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from banyan.kernel.messages import Citation

LONGEST = 4_000
"""Characters: a page, which any solution fits."""
MOST = 200
"""For each lesson."""


class Solution(Struct, frozen=True):
    """text: what must not be given away. exercise: the task that it solves, or its label; "" where nobody said.

    start, end: where it stood in the lesson's text when it was marked; None for a text that the lesson has not.
    """

    tenant: str
    id: str
    course: str
    lesson: str
    text: str
    exercise: str
    by: str
    at: datetime
    start: int | None = None
    end: int | None = None


def stands_on(citation: Citation, solution: Solution) -> bool:
    """Whether what is quoted is part of the solution, or has it in it."""
    if masked(citation.quote, [solution]) != citation.quote:
        return True
    if " ".join(citation.quote.split()) in " ".join(solution.text.split()):
        return True
    if solution.start is None or solution.end is None or citation.source != "lesson":
        return False
    overlap = citation.start < solution.end and solution.start < citation.end
    return overlap and (citation.course, citation.lesson) == (solution.course, solution.lesson)


def masked(text: str, solutions: Iterable[Solution]) -> str:
    """The lesson's text with every solution blacked out; as long as before, so that all spans keep their places."""
    for one in solutions:
        pattern = r"\s+".join(re.escape(word) for word in one.text.split())
        if len(pattern) > 2:
            text = re.sub(pattern, lambda found: re.sub(r"\S", "█", found[0]), text)
    return text
