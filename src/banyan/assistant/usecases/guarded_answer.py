"""A model's answer with the guardrails around it: the same for plain and streamed turns."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.guarding import Action, Finding, Stage
from banyan.assistant.domain.held_back import HeldBack
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.pseudonyms import Pseudonyms, Shown
from banyan.assistant.domain.snippets import snippet
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    Question,
    TextDelta,
)
from banyan.assistant.usecases.fit_window import fitted
from banyan.assistant.usecases.guard import Guard
from banyan.kernel.messages import Message

PII = "pii"
_FENCE = "```"
WITHHELD = "content_filter"
"""The reason for the end of an answer of which the rest is withheld; OpenAI's word."""


class Answers(Protocol):
    """What gives an answer: the model gateway, or what stands in for it."""

    def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """As `ModelGateway.answer`."""
        ...

    async def zone_of(self, model: str) -> str | None:
        """As `ModelGateway.zone_of`."""
        ...


async def guarded_answer(
    gateway: Answers, guard: Guard, about: Circumstances, question: Question
) -> AsyncGenerator[AnswerEvent | Notice, None]:
    """As `ModelGateway.answer`, with notices between. Text comes in parts that the guardrails have looked at.

    What was held when the model breaks off is looked at and said before the error is raised.
    """
    shown = structs.replace(about, material="\n".join(message.content for message in question.messages))
    question, cloak = await cloaked(gateway, guard, about, question)
    speech = _Speech(guard, shown, cloak)
    async with aclosing(fitted(gateway, question)) as events:
        try:
            async for event in events:
                match event:
                    case CitationsFound(citations, covered, screened):
                        guard.screened(about, screened)
                        kept = guard.passages(about, citations)
                        speech.may_quote(one.quote for one in kept)
                        yield CitationsFound(kept, covered)
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


async def cloaked(
    gateway: Answers, guard: Guard, about: Circumstances, question: Question
) -> tuple[Question, Pseudonyms]:
    """The question as the model may see it, and the way back. In a trusted zone it is as it was."""
    cloak = Pseudonyms(about.names)
    if not guard.looks(PII, Stage.ANSWER, about):
        return question, cloak
    if await gateway.zone_of(question.model) in about.effective.policy.trusted_zones:
        return question, cloak
    *hidden, instructions = cloak.hide_all([*(one.content for one in question.messages), question.instructions])
    if cloak:
        finding = Finding(Action.MASK, "PII", snippet(hidden[-1]))
        guard.note(PII, Stage.QUESTION, about, finding)
        messages = [Message(one.role, text) for one, text in zip(question.messages, hidden, strict=True)]
        question = replace(question, messages=messages, instructions=instructions)
    return question, cloak


class _Speech:
    """An answer on its way past the guardrails. stopped: nothing more of it may be said."""

    def __init__(self, guard: Guard, about: Circumstances, cloak: Pseudonyms) -> None:
        self._shown = Shown(cloak)
        self._guard = guard
        self._about = about
        self._held = HeldBack(lambda beginning: guard.suspects(self._about, beginning))
        self.stopped = False

    def may_quote(self, quotes: Iterator[str]) -> None:
        self._about = structs.replace(self._about, material="\n".join((self._about.material, *quotes)))

    def feed(self, piece: str) -> Iterator[TextDelta | Notice]:
        return self._said(self._held.feed(self._shown.feed(piece)))

    def end(self) -> Iterator[TextDelta | Notice]:
        return self._said([*self._held.feed(self._shown.end()), *self._held.end()])

    def _said(self, parts: list[str]) -> Iterator[TextDelta | Notice]:
        said = ""
        for part in parts:
            if self.stopped:
                break
            guarded = self._guard.answer(self._about, part)
            if part.lstrip().startswith(_FENCE):
                self._about = structs.replace(self._about, in_code=not self._about.in_code)
            self.stopped = guarded.stopped
            if guarded.notice is not None:
                yield guarded.notice
            said += guarded.answer if guarded.stopped else guarded.text
        if said:
            yield TextDelta(said)
