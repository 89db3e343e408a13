"""Has a model write study material, and holds it to the source."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from banyan.assistant.content.prompting import Prompt, prompt_for
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.content_types import Composed, ContentType, is_empty
from banyan.assistant.domain.framed import CODES
from banyan.assistant.domain.framing import framing_of
from banyan.assistant.domain.item_gate import Gate, merged
from banyan.assistant.domain.mark_filter import MarkFilter
from banyan.assistant.domain.material import Cards, GateReport, Order, Prose, Quiz
from banyan.assistant.domain.quoting import narrowed, statements
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.supporting import unsupported
from banyan.assistant.domain.words import language
from banyan.assistant.ports.model_gateway import AnswerDone, ModelGateway, Question, Sampling, TextDelta
from banyan.assistant.usecases.ask_for_json import Rejected, Written, ask_for_json
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import WITHHELD, guarded_answer
from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation, Message

REJECTED = "content_rejected"
_CUT = "The source is long; the model was given those of its passages that matter most to the order."
_MOST_TOLD = 5
_MOST_ITEMS = 50
"""Of one order: more do not fit into one answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a model is to write. order: what it is made of may be quoted."""

    asker: Identity
    kind: ContentType
    order: Order
    about: Circumstances
    source: Source
    model: str


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. composed: past the gate."""

    composed: Composed
    written: Written
    prompt: str


@dataclass(frozen=True, slots=True)
class WriteMaterial:
    """The use case."""

    gateway: ModelGateway
    guard: Guard

    async def items(self, task: Task) -> Made:
        """Typed items; what fails the gate is asked for once more, and then left out.

        Raises: UpstreamFailed (`content_rejected`), DeadlineExceeded, and what the gateway raises.
        """
        order = task.order
        if (order.count or 0) > _MOST_ITEMS:
            order = structs.replace(order, count=_MOST_ITEMS)
        first = await self._asked(replace(task, order=order))
        notes = first.composed.notes
        if (task.order.count or 0) > _MOST_ITEMS:
            notes = (*notes, f"A model writes up to {_MOST_ITEMS} items of one order.")
        composed = replace(first.composed, notes=notes)
        missing = _missing(composed)
        if missing <= 0 or not isinstance(composed.body, Quiz | Cards):
            return replace(first, composed=composed)
        told = "; ".join(f"{one.item[:120]!r} {one.reason}" for one in composed.gate.faults[:_MOST_TOLD])
        there = "; ".join(_asks(composed.body)[:_MOST_ITEMS])
        feedback = f"These were no good: {told or 'too few were written'}. These are there already: {there}."
        try:
            second = await self._asked(replace(task, order=structs.replace(order, count=missing, feedback=feedback)))
        except BanyanError:
            return replace(first, composed=_short(composed))
        joined = _joined(composed, second.composed, missing)
        written = replace(
            second.written,
            prompt_tokens=first.written.prompt_tokens + second.written.prompt_tokens,
            completion_tokens=first.written.completion_tokens + second.written.completion_tokens,
        )
        return Made(_short(joined), written, first.prompt)

    async def _asked(self, task: Task) -> Made:
        prompt = self._prompt(task)
        kind, order = task.kind, task.order
        assert kind.shape is not None
        assert kind.read is not None
        read = kind.read

        def made_of(shape: Any) -> Composed:
            composed = read(shape, task.source, order)
            if is_empty(composed.body):
                faults = [f"{one.item[:80]!r} {one.reason}." for one in composed.gate.faults[:_MOST_TOLD]]
                raise Rejected(" ".join(faults) or "It has no items.")
            return composed

        composed, written = await ask_for_json(
            self.gateway, self.guard, task.about, self._question(task, prompt), kind.shape, made_of, code=REJECTED
        )
        return Made(_noted(composed, prompt), written, prompt.version)

    async def prose(self, task: Task) -> AsyncGenerator[str | Made, None]:
        """The text as it comes, and last what it is with its citations looked at. Raises: what the gateway raises."""
        prompt = self._prompt(task)
        pieces: list[str] = []
        done: AnswerDone | None = None
        question = self._question(task, prompt)
        passages = task.source.passages()
        marks = MarkFilter()
        marks.allow(one.index for one in passages)
        async with aclosing(guarded_answer(self.gateway, self.guard, task.about, question)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    if kept := marks.feed(event.text):
                        pieces.append(kept)
                        yield kept
                elif isinstance(event, AnswerDone):
                    done = event
        if done is None:
            raise UpstreamFailed("The model broke off in the middle of its text; try again.")
        if rest := marks.end():
            pieces.append(rest)
            yield rest
        composed = looked_through("".join(pieces), passages)
        if done.finish_reason == WITHHELD:
            composed = replace(composed, notes=(*composed.notes, "A guardrail withheld the rest of the text."))
        written = Written("", done.model, done.prompt_tokens, done.completion_tokens)
        yield Made(_noted(composed, prompt), written, prompt.version)

    def _prompt(self, task: Task) -> Prompt:
        order = task.order
        framing = framing_of(
            order.persona,
            topic=order.topic,
            text=task.source.text[:20_000],
            language=order.language or CODES.get(language(task.source.text[:2000]), ""),
            personalization=order.personalization,
        )
        return prompt_for(task.kind, order, framing, task.source.title, task.source.passages())

    def _question(self, task: Task, prompt: Prompt) -> Question:
        order, kind = task.order, task.kind
        return Question(
            task.asker,
            order.course,
            order.lesson or None,
            (Message("user", prompt.user),),
            task.model,
            prompt.system,
            grounded=False,
            sampling=Sampling(
                kind.temperature if order.temperature is None else order.temperature,
                order.max_tokens or kind.max_tokens,
            ),
        )


def looked_through(text: str, passages: list[Citation]) -> Composed:
    """A model's text with the citations that it uses, cut down to what they are for; and what no passage says."""
    text = text.strip()
    said = statements(text)
    used = [narrowed(one, said.get(one.index, ())) for one in cited(passages, text)]
    loose = unsupported(text, [one.quote for one in passages])
    notes = []
    if loose:
        named = ", ".join(dict.fromkeys(one.text for one in loose[:_MOST_TOLD]))
        notes.append(f"The text does not have these: {named}. Check them.")
    if not used and text:
        notes.append("The model cites nothing of the source; check what it says.")
    return Composed(Prose(text, tuple(used)), GateReport(), tuple(notes))


def _noted(composed: Composed, prompt: Prompt) -> Composed:
    return replace(composed, notes=(*composed.notes, _CUT)) if prompt.cut else composed


def _missing(composed: Composed) -> int:
    return composed.gate.asked - composed.gate.passed


def _asks(body: Quiz | Cards) -> list[str]:
    return [one.question for one in body.questions] if isinstance(body, Quiz) else [one.front for one in body.cards]


def _joined(first: Composed, second: Composed, missing: int) -> Composed:
    one, other = first.body, second.body
    if isinstance(one, Quiz) and isinstance(other, Quiz):
        questions = Gate(missing, one.questions).fill(other.questions)
        body: Quiz | Cards = Quiz((*one.questions, *questions.chosen))
        passed = len(questions.chosen)
    elif isinstance(one, Cards) and isinstance(other, Cards):
        cards = Gate(missing, one.cards).fill(other.cards)
        body = Cards((*one.cards, *cards.chosen))
        passed = len(cards.chosen)
    else:
        return first
    gate = merged(first.gate, structs.replace(second.gate, passed=passed, regenerated=missing))
    return Composed(body, gate, first.notes)


def _short(composed: Composed) -> Composed:
    """With a note where there is less than was ordered."""
    missing = _missing(composed)
    if missing <= 0:
        return composed
    said = f"{composed.gate.passed} of {composed.gate.asked} items are good; the model's others failed the gate twice."
    return replace(composed, notes=(*composed.notes, said))
