"""Choosing from what a text offers: by the topic that is wanted, the level, and without saying a thing twice."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from banyan.assistant.domain.material import Level, Order
from banyan.assistant.domain.studying import LessonStudy, StudyQuestion, StudySection, StudySentence
from banyan.assistant.domain.words import content
from banyan.kernel.messages import Citation

One = TypeVar("One")
_TARGET = {Level.BEGINNER: 0.15, Level.INTERMEDIATE: 0.5, Level.ADVANCED: 0.85}
_SAME = 0.6
"""Two sentences that share this part of their words say the same."""
_BONUS = 0.5
"""What a sentence gains that is all about the topic; ranks go from 0 to 1."""


def wanted_words(order: Order) -> frozenset[str]:
    """The stems of what the material is to be about; empty for the whole text."""
    return frozenset(content(" ".join((order.topic, order.subtopic, *order.focus))))


def relevance(text: str, wanted: frozenset[str]) -> float:
    """The part of the wanted words that the text has; 0 where nothing is wanted."""
    return len(wanted.intersection(content(text))) / len(wanted) if wanted else 0.0


def suited(questions: Iterable[StudyQuestion], order: Order) -> list[StudyQuestion]:
    """What is about the topic first, then what is about as hard as the level; best first among equals."""
    wanted, target = wanted_words(order), _TARGET[order.level]
    return sorted(
        questions,
        key=lambda one: (
            -round(2 * relevance(one.citation.quote, wanted)),
            round(2 * abs(one.hardness - target)),
        ),
    )


def best_sentences(sentences: Sequence[StudySentence], count: int, order: Order) -> list[StudySentence]:
    """Up to so many that say most, no two the same, in reading order."""
    wanted = wanted_words(order)
    ranked = sorted(sentences, key=lambda one: -(one.rank + _BONUS * relevance(one.citation.quote, wanted)))
    chosen: list[tuple[StudySentence, frozenset[str]]] = []
    for one in ranked:
        said = frozenset(content(one.citation.quote))
        if len(chosen) == count:
            break
        if said and not any(len(said & other) >= _SAME * min(len(said), len(other)) for _, other in chosen):
            chosen.append((one, said))
    places = {id(one): at for at, one in enumerate(sentences)}
    return sorted((one for one, _ in chosen), key=lambda one: places[id(one)])


def sections_of(study: LessonStudy) -> tuple[StudySection, ...]:
    """Those that have something to quote."""
    return tuple(one for one in study.sections if one.summary)


def interleaved(pools: Sequence[Iterable[One]]) -> Iterator[One]:
    """One of each pool in turn, until all are empty."""
    waiting = [iter(pool) for pool in pools]
    while waiting:
        for pool in list(waiting):
            found = next(pool, None)
            if found is None:
                waiting.remove(pool)
            else:
                yield found


def section_of(study: LessonStudy, citation: Citation) -> StudySection | None:
    """The innermost section that the citation stands in."""
    within = [one for one in study.sections if is_within(citation, one)]
    return max(within, key=lambda one: one.level, default=None)


def is_within(citation: Citation, section: StudySection) -> bool:
    """Whether it stands in the section; in a text of several chunks spans are measured in each of them."""
    of_chunk = citation.lesson or not section.summary or section.summary[0].chunk_id == citation.chunk_id
    return bool(of_chunk) and section.start <= citation.start < section.end
