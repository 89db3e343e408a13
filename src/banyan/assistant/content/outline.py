"""Outlines: the text's sections with what each is about, or a few topics to learn one after the other."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.material import Fault, GateReport, Order, Outline, Part
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.studied import is_within, sections_of
from banyan.assistant.domain.studying import LessonStudy, StudySection, StudySentence
from banyan.assistant.domain.supporting import unsupported
from banyan.kernel.ids import content_id

STYLES = ("sections", "topics")
_TOPICS = 6
_WORDS = 5


class Said(Struct, frozen=True):
    """A section as a model writes it."""

    title: str
    summary: str
    quote: str
    level: int = 1
    topics: list[str] = []


class ProposedOutline(Struct, frozen=True):
    """What is asked of a model."""

    parts: list[Said]


def compose(study: LessonStudy, order: Order) -> Composed:
    """Headings are the text's own; a summary is the sentence that stands for its section."""
    style = order.style or STYLES[0]
    sections = sections_of(study)
    sentences = study.sentences
    if style == "topics" or order.count:
        groups = grouped(sections, order.count or _TOPICS)
    else:
        groups = [[one] for one in sections]
    parts = [_part(group, sentences) for group in groups]
    count = len(parts)
    notes: tuple[str, ...] = ()
    if order.count and count < order.count:
        notes = (f"The text has {count} sections to tell apart, not {order.count}.",)
    report = GateReport(asked=order.count or count, checked=count, passed=count)
    return Composed(Outline(style, tuple(parts)), report, notes)


def grouped(sections: Sequence[StudySection], most: int) -> list[list[StudySection]]:
    """Neighbouring sections together until there are no more than so many: deeper ones with what they belong to."""
    groups: list[list[StudySection]] = [[one] for one in sections]
    while len(groups) > most:
        joins = range(1, len(groups))
        # A part joins the one before it: the deepest first, and among equals the smallest pair.
        at = min(joins, key=lambda i: (-groups[i][0].level, _length(groups[i - 1]) + _length(groups[i])))
        groups[at - 1 : at + 1] = [groups[at - 1] + groups[at]]
    return groups


def _length(group: Sequence[StudySection]) -> int:
    return sum(one.end - one.start for one in group)


def _part(group: Sequence[StudySection], sentences: Sequence[StudySentence]) -> Part:
    first, last = group[0], group[-1]
    citation = first.summary[0]
    terms = list(dict.fromkeys(term for one in group for term in one.terms))
    titles = [one.title for one in group[1:]]
    chunks = [
        one.citation.chunk_id
        for one in sentences
        if one.citation.chunk_id and any(is_within(one.citation, of) for of in group)
    ]
    return Part(
        id=content_id("part", citation.course, citation.lesson or citation.chunk_id, first.title, str(first.start)),
        title=first.title,
        summary=" ".join(one.quote for one in first.summary[:1]),
        level=first.level,
        topics=tuple((titles + terms)[:_WORDS]),
        chunk_ids=tuple(dict.fromkeys(chunks)),
        page_start=first.page_start,
        page_end=last.page_end,
        citation=citation,
    )


def read(made: Any, source: Source, order: Order) -> Composed:
    """The model's sections that stand on the text."""
    parts, faults = [], []
    for one in made.parts:
        citation = source.cite(one.quote)
        if citation is None:
            faults.append(Fault(one.title[:200], "quote_not_found", "quotes what does not stand in the text"))
        elif not one.title.strip() or unsupported(one.summary, [source.text]):
            faults.append(Fault(one.title[:200], "unsupported", "says what the text does not say"))
        else:
            parts.append(
                Part(
                    id=content_id("part", citation.course, citation.lesson or citation.chunk_id, one.title),
                    title=one.title.strip()[:200],
                    summary=one.summary.strip(),
                    level=min(6, max(1, one.level)),
                    topics=tuple(topic.strip() for topic in one.topics[:_WORDS] if topic.strip()),
                    chunk_ids=(citation.chunk_id,) if citation.chunk_id else (),
                    page_start=citation.page,
                    page_end=citation.page,
                    citation=citation,
                )
            )
    asked = len(made.parts)
    report = GateReport(asked=order.count or asked, checked=asked, passed=len(parts), faults=tuple(faults))
    return Composed(Outline(order.style or STYLES[0], tuple(parts[: order.count])), report)


ENTRY = ContentType(
    "outline",
    "The sections of the text and what each is about, or a few topics to learn one after the other.",
    Outline,
    compose,
    "outline.v1",
    ProposedOutline,
    read,
    styles=STYLES,
    temperature=0.3,
)
