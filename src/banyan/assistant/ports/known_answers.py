"""The port to answers that a teacher has approved."""

from typing import Protocol

from msgspec import Struct

from banyan.kernel.messages import Citation
from banyan.kernel.money import Money


class KnownAnswer(Struct, frozen=True):
    """An approved question and answer. id: of the FAQ item. similarity: cosine to what was asked, at most 1.

    prompt_tokens, completion_tokens: what a model took for it in chats.
    """

    id: str
    question: str
    answer: str
    citations: tuple[Citation, ...] = ()
    similarity: float = 1.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class KnownAnswers(Protocol):
    """Answers that cost nothing."""

    async def find(self, tenant: str, course: str, lesson: str, question: str) -> KnownAnswer | None:
        """The approved answer to just this question, None where there is none; never raises."""
        ...

    def used(self, tenant: str, course: str, lesson: str, known: KnownAnswer, price: Money | None) -> None:
        """It was given to a learner; returns at once. price: of the answer that it saved, None where nobody knows."""
        ...
