"""Flashcards: terms with their definitions, ideas asked for, and the text's own examples."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from banyan.assistant.content.quiz import difficulty_of
from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.item_gate import Gate, folded
from banyan.assistant.domain.material import Card, Cards, Order
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.studied import interleaved, relevance, section_of, suited, wanted_words
from banyan.assistant.domain.studying import LessonStudy
from banyan.kernel.ids import content_id
from banyan.kernel.messages import Citation

_ASKED = ("short_answer", "cloze", "definition")
"""Kinds of found questions that make a card of an idea, the best first."""
_DIFFICULTIES = ("easy", "medium", "hard")


class Proposed(Struct, frozen=True):
    """A card as a model writes it."""

    front: str
    back: str
    quote: str
    kind: str = ""
    difficulty: str = ""
    tags: list[str] = []


class ProposedCards(Struct, frozen=True):
    """What is asked of a model."""

    cards: list[Proposed]


def compose(study: LessonStudy, order: Order) -> Composed:
    """Definitions first, then ideas and examples; those of the topic before the others; the easy ones lead."""
    kinds = order.kinds or ENTRY.kinds
    count = order.count or ENTRY.usual
    made = {"definition": _definitions, "concept": _concepts, "example": _examples}
    gate = Gate[Card](count).fill(interleaved([made[kind](study, order) for kind in kinds if kind in made]))
    cards = sorted(gate.chosen, key=lambda one: _DIFFICULTIES.index(one.difficulty))
    short = f"The text gives {len(cards)} good cards of these kinds, not {count}: it explains no more terms."
    return Composed(Cards(tuple(cards)), gate.report, (short,) if len(cards) < count else ())


def _definitions(study: LessonStudy, order: Order) -> Iterator[Card]:
    wanted = wanted_words(order)
    terms = sorted(study.terms, key=lambda one: -round(2 * relevance(one.citation.quote, wanted)))
    for one in terms:
        yield _card(study, "definition", one.term, one.citation.quote, "easy", one.citation)


def _concepts(study: LessonStudy, order: Order) -> Iterator[Card]:
    for kind in _ASKED:
        for one in suited((one for one in study.questions if one.kind == kind), order):
            yield _card(study, "concept", one.prompt, one.answer, difficulty_of(one.hardness), one.citation)


def _examples(study: LessonStudy, order: Order) -> Iterator[Card]:
    for one in study.examples:
        if one.of and len(one.citations) == 1:
            yield _card(study, "example", one.citations[0].quote, one.of, "hard", one.citations[0])


def _card(study: LessonStudy, kind: str, front: str, back: str, difficulty: str, citation: Citation) -> Card:
    section = section_of(study, citation)
    heading = section.title if section is not None else citation.heading[-1] if citation.heading else ""
    return Card(
        id=card_id(citation, front),
        kind=kind,
        front=front[:1].upper() + front[1:],
        back=back,
        difficulty=difficulty,
        tags=(heading,) if heading else (),
        citation=citation,
    )


def card_id(citation: Citation, front: str) -> str:
    """Follows from where the card comes from and what it asks, so that a later export updates it."""
    place = citation.lesson or citation.chunk_id
    return content_id("card", citation.course, place, folded(front))


def read(made: Any, source: Source, order: Order) -> Composed:
    """The model's cards that stand on the text, past the gate."""
    gate = Gate[Card](order.count or ENTRY.usual)
    kinds = order.kinds or ENTRY.kinds
    cards = []
    for one in made.cards:
        citation = source.cite(one.quote)
        if citation is None:
            gate.refuse(one.front, "quote_not_found", "quotes what does not stand in the text word for word")
            continue
        cards.append(
            Card(
                id=card_id(citation, one.front),
                kind=one.kind if one.kind in kinds else kinds[0],
                front=one.front.strip(),
                back=one.back.strip(),
                difficulty=one.difficulty if one.difficulty in _DIFFICULTIES else "medium",
                tags=tuple(one.tags[:5]),
                citation=citation,
            )
        )
    gate.fill(cards)
    return Composed(Cards(tuple(gate.chosen)), gate.report)


ENTRY = ContentType(
    "flashcards",
    "Cards with a term, a question or an example on the front, and what the text says of it on the back.",
    Cards,
    compose,
    "flashcards.v1",
    ProposedCards,
    read,
    usual=10,
    kinds=("definition", "concept", "example"),
    temperature=0.5,
)
