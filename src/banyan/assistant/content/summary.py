"""Summaries: the statements that say most, as points, by section, as a map, or in short."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.item_gate import folded
from banyan.assistant.domain.material import Fault, GateReport, Order, Point, Summary
from banyan.assistant.domain.sources import Source
from banyan.assistant.domain.spans import supports
from banyan.assistant.domain.studied import (
    best_sentences,
    is_within,
    relevance,
    sections_of,
    wanted_words,
)
from banyan.assistant.domain.studying import LessonStudy
from banyan.assistant.domain.supporting import unsupported

_POINTS = {"key_points": 7, "brief": 3, "executive": 5}
_OF_SECTION = 2
_TERMS = 5
"""Branches of a map below one section."""
_SECTIONS = 8
STYLES = ("key_points", "comprehensive", "visual_map", "brief", "executive")


class Said(Struct, frozen=True):
    """A statement as a model writes it."""

    text: str
    quote: str
    heading: str = ""
    level: int = 0


class ProposedSummary(Struct, frozen=True):
    """What is asked of a model."""

    points: list[Said]


def compose(study: LessonStudy, order: Order) -> Composed:
    """Sentences of the text, word for word, in reading order."""
    style = order.style or STYLES[0]
    if style == "comprehensive":
        points = list(_by_section(study, order))
    elif style == "visual_map":
        points = list(_as_map(study, order))
    else:
        chosen = best_sentences(study.sentences, order.count or _POINTS[style], order)
        points = [Point(one.citation.quote, one.citation, _heading(one.citation.heading)) for one in chosen]
    kept = within(points, order.max_words)
    notes: tuple[str, ...] = ()
    if len(kept) < len(points):
        notes = (f"{len(points) - len(kept)} statements were left out to stay within {order.max_words} words.",)
    report = GateReport(asked=len(points), checked=len(points), passed=len(kept))
    return Composed(Summary(style, tuple(kept)), report, notes)


def _heading(path: tuple[str, ...]) -> str:
    return path[-1] if path else ""


def _by_section(study: LessonStudy, order: Order) -> Iterator[Point]:
    sentences = study.sentences
    for section in _chosen_sections(study, order):
        ranked = [one for one in sentences if is_within(one.citation, section)]
        chosen = [one.citation for one in best_sentences(ranked, order.count or _OF_SECTION, order)]
        for citation in chosen or section.summary[:_OF_SECTION]:
            yield Point(citation.quote, citation, section.title, section.level - 1)


def _as_map(study: LessonStudy, order: Order) -> Iterator[Point]:
    """Under each section the terms that it explains."""
    explained = {folded(one.term): one.citation for one in study.terms}
    for section in _chosen_sections(study, order):
        terms = [term for term in section.terms if folded(term) in explained][:_TERMS]
        for term in terms:
            yield Point(term, explained[folded(term)], section.title, section.level)
        if not terms:
            yield Point(section.summary[0].quote, section.summary[0], section.title, section.level)


def _chosen_sections(study: LessonStudy, order: Order) -> Iterator[Any]:
    """Those about the topic where there are such, and otherwise the outermost first; in reading order."""
    sections, wanted = sections_of(study), wanted_words(order)
    about = [one for one in sections if relevance(f"{one.title} {' '.join(one.terms)}", wanted) > 0]
    chosen = about or sorted(sections, key=lambda one: one.level)
    kept = {id(one) for one in chosen[:_SECTIONS]}
    return (one for one in sections if id(one) in kept)


def within(points: list[Point], most: int | None) -> list[Point]:
    """The points that fit into so many words, at least one."""
    if most is None:
        return points
    kept: list[Point] = []
    words = 0
    for one in points:
        words += len(one.text.split())
        if words <= most or not kept:
            kept.append(one)
    return kept


def read(made: Any, source: Source, order: Order) -> Composed:
    """The model's statements that the text says."""
    points, faults = [], []
    for one in made.points:
        citation = source.cite(one.quote)
        if citation is None:
            faults.append(Fault(one.text[:200], "quote_not_found", "quotes what does not stand in the text"))
        elif not one.text.strip() or not supports(citation.quote, one.text) or unsupported(one.text, [citation.quote]):
            faults.append(Fault(one.text[:200], "unsupported", "says what its quotation does not say"))
        else:
            points.append(Point(one.text.strip(), citation, one.heading.strip()[:200], min(6, max(0, one.level))))
    kept = within(points, order.max_words)
    asked = len(made.points)
    report = GateReport(asked=asked, checked=asked, passed=len(kept), faults=tuple(faults))
    notes = (f"{len(faults)} statements were left out: the text does not say them.",) if faults else ()
    return Composed(Summary(order.style or STYLES[0], tuple(kept)), report, notes)


ENTRY = ContentType(
    "summary",
    "The statements that say most, each with its sentence of the text.",
    Summary,
    compose,
    "summary.v1",
    ProposedSummary,
    read,
    styles=STYLES,
    temperature=0.3,
    max_tokens=1500,
)
