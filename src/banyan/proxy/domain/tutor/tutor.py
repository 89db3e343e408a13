"""A turn of the tutor as a plain conversation with the index: it asks for passages and ends in a reply.

`answer` is a generator, so that every decision can be read and tested without a loop: it yields what it needs to read,
is sent what was found, and returns the reply. Whoever drives it does the reading.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from banyan.kernel.messages import Message
from banyan.proxy.domain.knowledge import Passage, SearchMode, Vector
from banyan.proxy.domain.tutor.blocks import Kind, asked_kinds, completed, sentences_first, weigh_blocks, without_kind
from banyan.proxy.domain.tutor.comparison import about_both, about_one
from banyan.proxy.domain.tutor.coverage import coverage
from banyan.proxy.domain.tutor.examples import find_examples
from banyan.proxy.domain.tutor.intents import Ask, understand
from banyan.proxy.domain.tutor.phrases import DEFINITION_CUES, Intent
from banyan.proxy.domain.tutor.quiz import asked_item, is_right, next_item
from banyan.proxy.domain.tutor.reply import Part, Quote, Reply, compose, quotes
from banyan.proxy.domain.tutor.selection import (
    DEFINE,
    EXPLAIN,
    Scores,
    Weights,
    best_first,
    choose,
    reading_order,
    relevance,
)
from banyan.proxy.domain.tutor.sentences import Candidate, candidates
from banyan.proxy.domain.tutor.summary import by_heading, summarise
from banyan.proxy.domain.tutor.wording import WORDINGS, Wording
from banyan.proxy.domain.tutor.words import stems

_COURSE_PASSAGES = 15
_LESSON_PASSAGES = 8
_COMPARED_PASSAGES = 8
"""For each of two terms: what defines a term stands in the first few passages, and two searches take twice the time."""
_SENTENCES = 3
_OVERVIEW_SENTENCES = 5
_COVERED = 0.5
_PLAUSIBLE = 0.02
"""From here on, the nearest lesson is worth naming although it does not cover the question."""


@dataclass(frozen=True, slots=True)
class Search:
    """Asks for passages of the course that match a query; sentences with their vectors.

    lesson: the open one; up to `lesson_limit` of its passages follow where they are not among the others.
    """

    query: str
    limit: int
    lesson: str | None = None
    lesson_limit: int = 0
    mode: SearchMode = "hybrid"


@dataclass(frozen=True, slots=True)
class ReadLesson:
    """Asks for all passages of a lesson in reading order."""

    lesson: str


@dataclass(frozen=True, slots=True)
class Material:
    """What was read. question: the query's vector, where one could be made."""

    passages: tuple[Passage, ...] = ()
    question: Vector | None = None


Need = Search | ReadLesson
Steps = Generator[Need, Material, Reply]


@dataclass(frozen=True, slots=True)
class _Found:
    """Passages for a topic, ranked sentences, and how likely they cover it."""

    passages: tuple[Passage, ...]
    sentences: list[Candidate]
    scores: Scores = field(repr=False)
    covered: float


def answer(messages: Sequence[Message], lesson: str | None) -> Steps:
    """Answers the last user message from the course. lesson: the one that the learner has open, if any."""
    ask = understand(messages)
    wording = WORDINGS[ask.language]
    if ask.intent is Intent.CHAT:
        return compose([[wording.chat]])
    if ask.intent is Intent.ANSWER:
        return (yield from _grade(ask, lesson, wording))
    if ask.intent is Intent.QUIZ:
        return (yield from _quiz(ask, lesson, wording))
    if ask.intent is Intent.COMPARE:
        return (yield from _compare(ask, lesson, wording))
    if ask.intent is Intent.SUMMARISE and not stems(ask.topic, ask.language):
        return (yield from _summarise(lesson, ask, wording))
    if ask.intent is Intent.EXAMPLE:
        return (yield from _example(ask, lesson, wording))
    if not stems(ask.topic, ask.language):
        return compose([[wording.chat]])
    return (yield from _explain(ask, lesson, wording))


def _find(
    topic: str,
    lesson: str | None,
    language: str,
    weights: Weights,
    asked: frozenset[Kind] = frozenset(),
    most: int = _COURSE_PASSAGES,
) -> Generator[Need, Material, _Found]:
    """Searches the course, and the open lesson besides, so that its passages are there to be preferred."""
    material = yield Search(topic, most, lesson, min(most, _LESSON_PASSAGES))
    passages, vector = material.passages, material.question
    sentences = candidates(passages, language)
    scores = relevance(sentences, topic, vector, lesson=lesson, language=language, weights=weights)
    scores = weigh_blocks(sentences, scores, asked, frozenset(stems(topic, language)))
    telling = [i for i, one in enumerate(sentences) if not one.reading.asks and not one.reading.directs]
    covered = coverage(topic, vector, passages, sentences, language)
    return _Found(passages, [sentences[i] for i in telling], scores[telling], covered)


def _explain(ask: Ask, lesson: str | None, wording: Wording) -> Steps:
    asked = asked_kinds(ask.topic)
    weights = EXPLAIN if ask.intent is Intent.EXPLAIN else DEFINE
    topic = without_kind(ask.topic)
    found = yield from _find(topic, lesson, ask.language, weights, asked)
    if found.covered < _COVERED or not found.sentences:
        return _not_covered(found, wording)
    count = _OVERVIEW_SENTENCES if ask.intent is Intent.SUMMARISE else _SENTENCES
    fresh = [i for i, one in enumerate(found.sentences) if not any(one.text in said for said in ask.said)]
    sentences = [found.sentences[i] for i in fresh]
    chosen = choose(sentences, found.scores[fresh], topic, count, language=ask.language, weights=weights)
    if not chosen:
        return _not_covered(found, wording)
    chosen = sentences_first(sentences, chosen, asked)
    in_order = reading_order if ask.intent is Intent.EXPLAIN else best_first
    return compose(quotes(completed(in_order(sentences, chosen), sentences, asked)))


def _not_covered(found: _Found, wording: Wording) -> Reply:
    nearest = found.passages[0].title if found.passages and found.covered >= _PLAUSIBLE else ""
    reply = compose([[wording.not_covered, wording.nearest.format(nearest)] if nearest else [wording.not_covered]])
    return replace(reply, covered=False)


def _summarise(lesson: str | None, ask: Ask, wording: Wording) -> Steps:
    if lesson is None:
        return compose([[wording.which_lesson]])
    material = yield ReadLesson(lesson)
    sentences = candidates(material.passages, ask.language)
    if not sentences:
        return compose([[wording.empty]])
    fresh = [one for one in sentences if not any(one.text in said for said in ask.said)]
    return compose(quotes(by_heading(summarise(fresh or sentences))))


def _example(ask: Ask, lesson: str | None, wording: Wording) -> Steps:
    if not stems(ask.topic, ask.language):
        if lesson is None:
            return compose([[wording.which_lesson]])
        groups = yield from _examples_of_lesson(lesson, ask)
        return compose(quotes(groups)) if groups else compose([[wording.no_lesson_example]])
    found = yield from _find(ask.topic, lesson, ask.language, EXPLAIN)
    if found.covered < _COVERED or not found.sentences:
        return _not_covered(found, wording)
    fresh = [i for i, one in enumerate(found.sentences) if not any(one.text in said for said in ask.said)]
    groups = find_examples(
        [found.sentences[i] for i in fresh], found.scores[fresh], frozenset(stems(ask.topic, ask.language))
    )
    if groups:
        return compose(quotes(groups))
    if not ask.named and lesson is not None:
        groups = yield from _examples_of_lesson(lesson, ask)
        if groups:
            return compose(quotes(groups))
    chosen = choose(found.sentences, found.scores, ask.topic, _SENTENCES, language=ask.language)
    return compose([[wording.no_example], *quotes(reading_order(found.sentences, chosen))])


def _examples_of_lesson(lesson: str, ask: Ask) -> Generator[Need, Material, list[list[Candidate]]]:
    material = yield ReadLesson(lesson)
    sentences = [
        one for one in candidates(material.passages, ask.language) if not any(one.text in said for said in ask.said)
    ]
    return find_examples(sentences, relevance(sentences, "", None, language=ask.language))


def _quiz(ask: Ask, lesson: str | None, wording: Wording) -> Steps:
    material = yield _quiz_material(ask, lesson)
    item = next_item(candidates(material.passages, ask.language), ask.asked_before)
    if item is None:
        return compose([[wording.no_question]])
    return compose([[wording.question], [item.gapped], [wording.ask_for_answer]])


def _quiz_material(ask: Ask, lesson: str | None) -> Need:
    if stems(ask.topic, ask.language):
        return Search(ask.topic, _COURSE_PASSAGES)
    if lesson is not None:
        return ReadLesson(lesson)
    return Search(DEFINITION_CUES[ask.language], 3 * _COURSE_PASSAGES, mode="text")


def _grade(ask: Ask, lesson: str | None, wording: Wording) -> Steps:
    material = yield Search(ask.gapped.replace("_", " "), _COURSE_PASSAGES)
    item = asked_item(candidates(material.passages, ask.language), ask.gapped)
    if item is None and lesson is not None:
        material = yield ReadLesson(lesson)
        item = asked_item(candidates(material.passages, ask.language), ask.gapped)
    if item is None:
        return compose([[wording.no_question]])
    reveal = wording.answer.format(item.term)
    if ask.guess:
        reveal = f"{wording.right if is_right(ask.guess, item.term) else wording.wrong} {reveal}"
    return compose([[reveal, Quote(item.sentence)]])


def _joined(first: _Found, second: _Found) -> tuple[list[Candidate], Scores]:
    """What was found for either term; a sentence that was found for both has both scores."""
    total: dict[tuple[str, int], float] = {}
    sentences: dict[tuple[str, int], Candidate] = {}
    for found in (first, second):
        for one, score in zip(found.sentences, found.scores, strict=True):
            place = (one.passage.chunk_id, one.at)
            sentences.setdefault(place, one)
            total[place] = total.get(place, 0.0) + float(score)
    return list(sentences.values()), np.array(list(total.values()))


def _compare(ask: Ask, lesson: str | None, wording: Wording) -> Steps:
    first = yield from _find(ask.topic, lesson, ask.language, DEFINE, most=_COMPARED_PASSAGES)
    second = yield from _find(ask.other, lesson, ask.language, DEFINE, most=_COMPARED_PASSAGES)
    missing = [term for term, found in ((ask.topic, first), (ask.other, second)) if found.covered < _COVERED]
    if len(missing) == 2:
        return _not_covered(max(first, second, key=lambda found: found.covered), wording)
    paragraphs: list[list[Part]] = []
    said: set[str] = set()
    for term, other, found in ((ask.topic, ask.other, first), (ask.other, ask.topic, second)):
        if term in missing:
            paragraphs.append([wording.one_missing.format(term)])
            continue
        best = [
            one for one in about_one(found.sentences, found.scores, term, other, ask.language) if one.text not in said
        ]
        said.update(one.text for one in best)
        if best:
            paragraphs.append([wording.about.format(term), *(Quote(one) for one in best)])
    if not missing:
        shared = about_both(*_joined(first, second), ask.topic, ask.other, ask.language)
        if shared is not None and shared.text not in said:
            paragraphs.append([wording.both, Quote(shared)])
    return compose(paragraphs)
