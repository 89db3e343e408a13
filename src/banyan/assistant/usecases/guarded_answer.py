"""A model's answer with the guardrails around it: the same for plain and streamed turns."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.held_back import HeldBack
from banyan.assistant.domain.notices import Notice
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.usecases.guard import Guard

WITHHELD = "content_filter"
"""The reason for the end of an answer of which the rest is withheld; OpenAI's word."""


async def guarded_answer(
    gateway: ModelGateway, guard: Guard, about: Circumstances, question: Question
) -> AsyncGenerator[AnswerEvent | Notice, None]:
    """As `ModelGateway.answer`, with notices between. Text comes in parts that the guardrails have looked at.

    What was held when the model breaks off is looked at and said before the error is raised.
    """
    speech = _Speech(guard, structs.replace(about, material=question.messages[-1].content))
    async with aclosing(gateway.answer(question)) as events:
        try:
            async for event in events:
                match event:
                    case CitationsFound(citations):
                        kept = guard.passages(about, citations)
                        speech.may_quote(one.quote for one in kept)
                        yield CitationsFound(kept)
                    case TextDelta(text):
                        for said in speech.feed(text):
                            yield said
                    case AnswerDone():
                        for said in speech.end():
                            yield said
                        yield _cut_short(event) if speech.stopped else event
                        return
                if speech.stopped:
                    yield AnswerDone(WITHHELD, question.model, 0, 0)
                    return
        except Exception:
            for said in speech.end():
                yield said
            raise
        for said in speech.end():
            yield said


def _cut_short(done: AnswerDone) -> AnswerDone:
    """The end of an answer of which the last part is withheld."""
    return AnswerDone(WITHHELD, done.model, done.prompt_tokens, done.completion_tokens)


class _Speech:
    """An answer on its way past the guardrails. stopped: nothing more of it may be said."""

    def __init__(self, guard: Guard, about: Circumstances) -> None:
        self._guard = guard
        self._about = about
        self._held = HeldBack(lambda beginning: guard.suspects(self._about, beginning))
        self.stopped = False

    def may_quote(self, quotes: Iterator[str]) -> None:
        self._about = structs.replace(self._about, material="\n".join((self._about.material, *quotes)))

    def feed(self, piece: str) -> Iterator[TextDelta | Notice]:
        return self._said(self._held.feed(piece))

    def end(self) -> Iterator[TextDelta | Notice]:
        return self._said(self._held.end())

    def _said(self, parts: list[str]) -> Iterator[TextDelta | Notice]:
        said = ""
        for part in parts:
            if self.stopped:
                break
            guarded = self._guard.answer(self._about, part)
            self.stopped = guarded.stopped
            if guarded.notice is not None:
                yield guarded.notice
            said += guarded.answer if guarded.stopped else guarded.text
        if said:
            yield TextDelta(said)
