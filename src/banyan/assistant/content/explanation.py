"""Explanations: what the text says, part by part, with its examples and things to try."""

from collections.abc import Callable, Iterable, Sequence

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
from banyan.assistant.domain.studying import LessonStudy, StudySection
from banyan.kernel.messages import Citation

_OF_SECTION = {Level.BEGINNER: 2, Level.INTERMEDIATE: 3, Level.ADVANCED: 5}
_SECTIONS = 12
_OVERVIEW, _EXAMPLES, _TASKS = 2, 3, 3
_PARTS = 2


def compose(study: LessonStudy, order: Order) -> Composed:
    """An overview, the sections in reading order, examples and practice as ordered; parts as the reader learns best.

    A persona changes the order of the parts and the words around them; what is quoted stays the same, and each
    sentence stands in one part only.
    """
    framing = framing_for(study, order)
    pages = Pages(framing)
    overview = _overview(study, order)
    sections = _sections(study, order, overview)
    said = {id(one) for one in (*overview, *(one for _, chosen in sections for one in chosen))}
    parts: dict[str, Callable[[], None]] = {
        "overview": lambda: _write(pages, "overview", [overview]),
        "explanation": lambda: _write_sections(pages, sections),
    }
    if order.examples:
        parts["examples"] = lambda: _write(pages, "examples", _examples(study, said))
    if order.practice:
        parts["practice"] = lambda: _practice(pages, study)
    if not study.sentences:
        return Composed(Prose(""), GateReport(), ("The text has no sentence to explain it with; send more of it.",))
    pages.write(framing.lead_in("explanation", study.title))
    for name in framing.order(parts):
        parts[name]()
    pages.write(framing.closing())
    return Composed(pages.prose())


def _overview(study: LessonStudy, order: Order) -> list[Citation]:
    """What says most, where there are parts to be an overview of."""
    if len(sections_of(study)) < _PARTS:
        return []
    return [one.citation for one in best_sentences(study.sentences, _OVERVIEW, order)]


def _sections(
    study: LessonStudy, order: Order, overview: Sequence[Citation]
) -> list[tuple[StudySection, list[Citation]]]:
    wanted, said = wanted_words(order), {id(one) for one in overview}
    sections = sections_of(study)
    about = [one for one in sections if relevance(f"{one.title} {' '.join(one.terms)}", wanted) > 0]
    found = []
    for section in (about or sections)[:_SECTIONS]:
        fresh = [one for one in study.sentences if is_within(one.citation, section) and id(one.citation) not in said]
        chosen = [one.citation for one in best_sentences(fresh, _OF_SECTION[order.level], order)]
        said.update(map(id, chosen))
        if chosen:
            found.append((section, chosen))
    return found


def _examples(study: LessonStudy, said: set[int]) -> list[list[Citation]]:
    """What they have beside what is quoted already."""
    places = {_place(one.citation) for one in study.sentences if id(one.citation) in said}
    found: list[list[Citation]] = []
    for example in study.examples:
        fresh = [one for one in example.citations if _place(one) not in places]
        places.update(map(_place, fresh))
        if fresh and len(found) < _EXAMPLES:
            found.append(fresh)
    return found


def _place(citation: Citation) -> tuple[str, int]:
    return citation.chunk_id, citation.start


def _write(pages: Pages, part: str, groups: Sequence[Sequence[Citation]]) -> None:
    if any(groups):
        pages.heading(part)
    for citations in groups:
        pages.quotes(citations)


def _write_sections(pages: Pages, sections: Iterable[tuple[StudySection, Sequence[Citation]]]) -> None:
    for section, citations in sections:
        if section.title:
            pages.write(f"{'#' * min(6, section.level + 1)} {section.title}")
        pages.quotes(citations)


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
