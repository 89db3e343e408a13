"""Introductions: what a text is about, what it is to teach, and the terms that come up."""

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.framed import Pages, framing_for
from banyan.assistant.domain.material import GateReport, Order, Prose
from banyan.assistant.domain.studied import best_sentences
from banyan.assistant.domain.studying import LessonStudy

_SENTENCES, _OBJECTIVES, _TERMS = 2, 6, 6


def compose(study: LessonStudy, order: Order) -> Composed:
    """Quoted, but for the sentence that leads in."""
    framing = framing_for(study, order)
    pages = Pages(framing)
    if not study.sentences:
        return Composed(Prose(""), GateReport(), ("The text has no sentence to lead in with; send more of it.",))
    pages.write(framing.lead_in("introduction", order.topic or study.title))
    pages.quotes(one.citation for one in best_sentences(study.sentences, _SENTENCES, order))
    if study.objectives:
        pages.heading("objectives", 3)
        pages.write("\n".join(f"- {pages.quoted(one)}" for one in study.objectives[:_OBJECTIVES]))
    if study.terms:
        pages.heading("terms", 3)
        pages.write("\n".join(f"- {one.term} {pages.mark(one.citation)}" for one in study.terms[:_TERMS]))
    pages.write(framing.closing())
    return Composed(pages.prose())


ENTRY = ContentType(
    "introduction",
    "What the text is about, what it is to teach, and the terms that come up.",
    Prose,
    compose,
    "introduction.v1",
    temperature=0.8,
    max_tokens=800,
)
