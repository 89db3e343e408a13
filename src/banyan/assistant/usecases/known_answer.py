"""An approved answer as a model would give it, so that guards, log and storage treat both alike."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.ports.known_answers import KnownAnswer
from banyan.assistant.ports.model_gateway import AnswerDone, AnswerEvent, CitationsFound, Question, TextDelta

FAQ = "banyan/faq"
"""What an answer that a teacher approved is stored as written by."""
APPROVED = Notice(NoticeCode.FAQ, "A teacher has approved this answer to a question that others asked as well.")


@dataclass(frozen=True, slots=True)
class Approved:
    """Says the answer, whatever is asked."""

    known: KnownAnswer

    async def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """As `ModelGateway.answer`."""
        yield CitationsFound(self.known.citations)
        yield TextDelta(self.known.answer)
        yield AnswerDone("stop", FAQ, 0, 0)

    async def zone_of(self, model: str) -> str | None:
        """Nothing leaves the machine."""
        return "local"
