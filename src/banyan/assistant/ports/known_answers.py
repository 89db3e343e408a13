"""The port to answers that a teacher has approved."""

from typing import Protocol

from msgspec import Struct

from banyan.kernel.messages import Citation


class KnownAnswer(Struct, frozen=True):
    """An approved question and answer. id: of the FAQ item. similarity: cosine to what was asked, at most 1."""

    id: str
    question: str
    answer: str
    citations: tuple[Citation, ...] = ()
    similarity: float = 1.0


class KnownAnswers(Protocol):
    """Answers that cost nothing."""

    async def find(self, tenant: str, course: str, lesson: str, question: str) -> KnownAnswer | None:
        """The approved answer to just this question, None where there is none; never raises."""
        ...
