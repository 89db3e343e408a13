"""Chat: a message is answered from the text that came with it."""

from collections import Counter
from math import log

from banyan.assistant.domain.content_types import Composed, ContentType
from banyan.assistant.domain.framed import Pages, framing_for
from banyan.assistant.domain.material import GateReport, Order, Prose
from banyan.assistant.domain.studying import LessonStudy, StudySentence
from banyan.assistant.domain.words import content

_SENTENCES = 3
_NEAR = 0.55
"""A sentence that is this near as the nearest one answers as well."""
_LEAST = 0.3
"""The part of what is asked, by weight, that a sentence has to have."""
_PAGE, _SELECTED = 0.15, 0.3
_NOTHING = "The text says nothing about this."


def compose(study: LessonStudy, order: Order) -> Composed:
    """The sentences nearest to what is asked, in reading order; that there are none where there are none."""
    pages = Pages(framing_for(study, order))
    chosen = nearest(study.sentences, order)
    if not chosen:
        return Composed(Prose(_NOTHING), GateReport(), (f"{_NOTHING} Ask about what stands in it, or name a model.",))
    pages.quotes(one.citation for one in chosen)
    return Composed(pages.prose())


def nearest(sentences: tuple[StudySentence, ...], order: Order) -> list[StudySentence]:
    """By the words that they share with the message, rare ones counting more; the selection and page come first."""
    asked = frozenset(content(order.message))
    selected = frozenset(content(order.selection))
    if not asked & frozenset(word for one in sentences for word in content(one.citation.quote)):
        asked = asked | selected
    said = [frozenset(content(one.citation.quote)) for one in sentences]
    often = Counter(word for words in said for word in words)
    weight = {word: log(1 + len(said) / (1 + often[word])) for word in asked}
    whole = sum(weight.values()) or 1.0
    scored = []
    for one, words in zip(sentences, said, strict=True):
        shared = sum(weight[word] for word in asked & words) / whole
        if shared < _LEAST:
            continue
        near = shared + _SELECTED * (one.citation.quote in order.selection if order.selection else 0)
        near += _PAGE * (order.page is not None and one.citation.page == order.page) + 0.1 * one.rank
        scored.append((near, one))
    scored.sort(key=lambda pair: -pair[0])
    kept = [one for near, one in scored[:_SENTENCES] if near >= _NEAR * scored[0][0]]
    places = {id(one): at for at, one in enumerate(sentences)}
    return sorted(kept, key=lambda one: places[id(one)])


ENTRY = ContentType(
    "chat",
    "A message answered from the text that came with it.",
    Prose,
    compose,
    "chat.v1",
    temperature=0.7,
    max_tokens=1000,
)
