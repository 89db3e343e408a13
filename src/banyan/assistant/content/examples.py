"""Examples: those that the text gives, each with what it shows."""

from typing import Any

from msgspec import Struct

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.framed import Pages, framing_for
from banyan.assistant.domain.item_gate import folded
from banyan.assistant.domain.material import Example, Examples, Fault, GateReport, Order
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.spans import supports
from banyan.assistant.domain.studied import relevance, section_of, wanted_words
from banyan.assistant.domain.studying import LessonStudy
from banyan.kernel.ids import content_id


class Said(Struct, frozen=True):
    """An example as a model writes it: its setting may be new, what it shows stands in the text."""

    title: str
    text: str
    quote: str


class ProposedExamples(Struct, frozen=True):
    """What is asked of a model."""

    examples: list[Said]


def compose(study: LessonStudy, order: Order) -> Composed:
    """Quoted; those of the topic first."""
    count, wanted = order.count or ENTRY.usual, wanted_words(order)
    framing = framing_for(study, order)
    ranked = sorted(
        study.examples, key=lambda one: -relevance(f"{one.of} {' '.join(c.quote for c in one.citations)}", wanted)
    )
    made: list[Example] = []
    seen: set[str] = set()
    for one in ranked:
        pages = Pages(framing)
        pages.quotes(one.citations)
        text = pages.prose()
        section = section_of(study, one.citations[0])
        if len(made) < count and folded(text.text) not in seen:
            seen.add(folded(text.text))
            title = one.of or (section.title if section else "")
            id = content_id("example", one.citations[0].lesson or one.citations[0].chunk_id, folded(text.text))
            made.append(Example(id=id, title=title[:1].upper() + title[1:], text=text.text, citations=text.citations))
    notes: tuple[str, ...] = ()
    if len(made) < count:
        notes = (f"The text gives {len(made)} examples, not {count}; a model could think of more.",)
    report = GateReport(asked=count, checked=len(ranked), passed=len(made))
    return Composed(Examples(tuple(made)), report, notes)


def read(made: Any, source: Source, order: Order) -> Composed:
    """Those of the model's examples that rest on the text."""
    count = order.count or ENTRY.usual
    kept: list[Example] = []
    faults: list[Fault] = []
    for one in made.examples:
        citation = source.cite(one.quote)
        fault = None
        if citation is None:
            fault = ("quote_not_found", "quotes what does not stand in the text word for word")
        elif any(folded(one.text) == folded(other.text) for other in kept):
            fault = ("repeats", "says what another one says")
        elif not one.text.strip() or not supports(one.text, citation.quote):
            fault = ("unsupported", "does not show what its quotation says")
        if fault is not None or citation is None:
            faults.append(Fault(one.title[:200], *(fault or ("", ""))))
            continue
        id = content_id("example", citation.lesson or citation.chunk_id, folded(one.text))
        kept.append(Example(id=id, title=one.title.strip()[:200], text=one.text.strip(), citations=(citation,)))
    kept = kept[:count]
    report = GateReport(asked=count, checked=len(made.examples), passed=len(kept), faults=tuple(faults))
    return Composed(Examples(tuple(kept)), report)


ENTRY = ContentType(
    "examples",
    "Examples of what the text explains.",
    Examples,
    compose,
    "examples.v1",
    ProposedExamples,
    read,
    usual=3,
    temperature=0.8,
    max_tokens=1500,
)
