"""Explanations: what the text says, part by part, with its examples and things to try."""

from collections.abc import Callable

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.framed import Pages, framing_for
from banyan.assistant.domain.material import GateReport, Level, Order, Prose
from banyan.assistant.domain.studied import (
    best_sentences,
    is_within,
    relevance,
    sections_of,
    wanted_words,
)
from banyan.assistant.domain.studying import LessonStudy

_OF_SECTION = {Level.BEGINNER: 2, Level.INTERMEDIATE: 3, Level.ADVANCED: 5}
_SECTIONS = 12
_OVERVIEW, _EXAMPLES, _TASKS = 2, 3, 3


def compose(study: LessonStudy, order: Order) -> Composed:
    """An overview, the sections in reading order, examples and practice as ordered; parts as the reader learns best.

    A persona changes the order of the parts and the words around them; what is quoted stays the same.
    """
    framing = framing_for(study, order)
    pages = Pages(framing)
    parts: dict[str, Callable[[], None]] = {
        "overview": lambda: _overview(pages, study, order),
        "explanation": lambda: _sections(pages, study, order),
    }
    if order.examples:
        parts["examples"] = lambda: _examples(pages, study)
    if order.practice:
        parts["practice"] = lambda: _practice(pages, study)
    if not study.sentences:
        return Composed(Prose(""), GateReport(), ("The text has no sentence to explain it with; send more of it.",))
    pages.write(framing.lead_in("explanation", study.title))
    for name in framing.order(parts):
        parts[name]()
    pages.write(framing.closing())
    return Composed(pages.prose())


def _overview(pages: Pages, study: LessonStudy, order: Order) -> None:
    pages.heading("overview")
    pages.quotes(one.citation for one in best_sentences(study.sentences, _OVERVIEW, order))


def _sections(pages: Pages, study: LessonStudy, order: Order) -> None:
    sentences, wanted = study.sentences, wanted_words(order)
    sections = sections_of(study)
    about = [one for one in sections if relevance(f"{one.title} {' '.join(one.terms)}", wanted) > 0]
    for section in (about or sections)[:_SECTIONS]:
        inside = [one for one in sentences if is_within(one.citation, section)]
        chosen = [one.citation for one in best_sentences(inside, _OF_SECTION[order.level], order)]
        pages.write(f"{'#' * min(6, section.level + 1)} {section.title}")
        pages.quotes(chosen or section.summary)


def _examples(pages: Pages, study: LessonStudy) -> None:
    if study.examples:
        pages.heading("examples")
        for one in study.examples[:_EXAMPLES]:
            pages.quotes(one.citations)


def _practice(pages: Pages, study: LessonStudy) -> None:
    if study.tasks:
        pages.heading("practice")
        lines = [f"{at}. {one.prompt} {pages.mark(one.citation)}" for at, one in enumerate(study.tasks[:_TASKS], 1)]
        pages.write("\n".join(lines))


ENTRY = ContentType(
    "explanation",
    "What the text says, part by part, with its examples and things to try.",
    Prose,
    compose,
    "explanation.v1",
    temperature=0.7,
)
