# ruff: noqa: E501
"""The sentences that stand for a whole lesson."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.tutor.sentences import Candidate, Matrix, similarity_rows, subject_stems
from banyan.proxy.domain.tutor.words import stems

_RANKED_AT_MOST = 1_200
"""Beyond this many sentences, evenly spread ones are ranked: the graph grows with the square."""
_DAMPING = 0.85
_STEPS = 30
"""By then ranks change by less than a hundredth."""
_LEAST_SIMILARITY = 0.15
_LEAST_WORDS, _MOST_WORDS = 8, 45
_REPEAT = 0.6
_SAME_HEADING = 0.25
_NEW_SECTION = 2.0
_GOOD = 0.1
"""Centrality is at most 1; less than this is left after deductions when a sentence does not stand by itself."""
_LEAST, _MOST = 3, 8
_BETWEEN_TERMS = re.compile(r",|;|:| and | or | vs\.? | versus | und | et | y | e ")
_LEANING = re.compile(
    r"^(?:in|for|with|by|from|as|of|at|on) (?:this|that|these|those)\b|\b(?:hides|shows|explains|makes|does|do|for) (?:this|that)\b"
    r"|^(?:all|both|each|some|none|one|many|most) of (?:these|those|this|them)\b|^(?:the|a) (?:reason|result|correction|same|first|second|third|other|lesson)\b|^(?:here|there|none|some|most of them|to keep)\b",
    re.IGNORECASE,
)
"""Sentences that make little sense alone although they do not open with a pronoun."""
_ABOUT_THE_LESSON = re.compile(
    r"\b(?:this|the|last|next) (?:lesson|chapter|course|section) |^let(?:'|’)s? ", re.IGNORECASE
)
_EXAMPLE = re.compile(
    r"(?:for (?:example|instance)|imagine|suppose|consider|let us|take the|say |in the [\w ]{0,30}example|zum beispiel|par exemple"
    r"|por ejemplo|por exemplo)\b",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def length_of_summary(sentences: Sequence[Candidate]) -> int:
    """How many sentences to quote from a lesson: one a section, and at least one in twelve; three to eight."""
    sections = {one.passage.heading for one in sentences if one.passage.heading}
    return max(_LEAST, min(_MOST, max(len(sections), round(len(sentences) / 12))))


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How much the sentences say about the whole; of long texts, those that were compared.

    rows: one vector a sentence, to compare them with. scores: higher is better; up to 1 from centrality, the rest from
    what speaks for and against a sentence. terms: the term of its heading that a sentence is about.
    """

    pool: Sequence[Candidate]
    rows: Matrix
    scores: NDArray[np.float64]
    terms: Sequence[frozenset[str] | None]

    def ranks(self) -> NDArray[np.float64]:
        """The scores between 0 and 1, which the best one has."""
        if not len(self.scores):
            return self.scores
        low, high = float(self.scores.min()), float(self.scores.max())
        return (self.scores - low) / (high - low) if high > low else np.ones_like(self.scores)


def ranked(sentences: Sequence[Candidate], language: str | None = None) -> Ranking:
    """Ranks sentences by what is central and by what says what the section's heading names.

    Centrality is that of a random reader who walks from sentence to similar sentence (LexRank) and starts anew at
    openings of sections. What leans on its predecessor, reckons an example or is no sentence ranks lower.
    """
    pool = _spread(sentences, _RANKED_AT_MOST)
    rows = similarity_rows(pool)
    scores = _centrality(rows, _openings(pool))
    scores = scores / max(float(scores.max(initial=0.0)), 1e-12)
    headed = _by_heading(_headed, pool)
    subjects = [frozenset(subject_stems(one, language)) for one in pool]
    terms = [subject if subject in own else None for own, subject in zip(headed, subjects, strict=True)]
    worked = _worked(pool)
    scores += np.array([_merit(one, subjects[i], headed[i], worked[i]) for i, one in enumerate(pool)])
    return Ranking(pool, rows, scores, terms)


def summarise(sentences: Sequence[Candidate], count: int | None = None, language: str | None = None) -> list[Candidate]:
    """The most telling sentences in reading order: of each section the best, then more while there is room, and at last
    the definitions of what a heading names besides. What speaks about the page or asks is left out.
    """
    pool = [one for one in sentences if not (one.reading.points or one.reading.asks or one.reading.directs)]
    return chosen_of(ranked(pool or sentences, language), count)


def chosen_of(ranking: Ranking, count: int | None = None) -> list[Candidate]:
    """The sentences that stand for all that were ranked, in reading order."""
    pool, rows, scores, terms = ranking.pool, ranking.rows, ranking.scores, ranking.terms
    count = min(count or length_of_summary(pool), len(pool))
    headings = [one.passage.heading for one in pool]
    chosen: list[int] = []
    while len(chosen) < count:
        gains = scores.copy()
        if chosen:
            gains -= _REPEAT * np.max(rows @ rows[chosen].T, axis=1).clip(min=0)
            taken = {headings[i] for i in chosen}
            fresh = np.array([heading not in taken for heading in headings])
            gains -= _SAME_HEADING * ~fresh
            # A section without any good sentence is passed over; others come before a second one of the same section.
            gains += _NEW_SECTION * (fresh & (scores >= _GOOD))
        gains[chosen] = -np.inf
        best = int(np.argmax(gains))
        if len(chosen) >= _LEAST and scores[best] < _GOOD:
            break
        chosen.append(best)
    explained = {(headings[i], terms[i]) for i in chosen}
    for i in np.argsort(-scores, kind="stable"):
        key = (headings[i], terms[i])
        if len(chosen) < _MOST and key[1] is not None and key not in explained and scores[i] >= _GOOD:
            explained.add(key)
            chosen.append(int(i))
    return [pool[i] for i in sorted(chosen)]


def _by_heading(
    read_heading: Callable[[Candidate], list[frozenset[str]]], pool: Sequence[Candidate]
) -> list[list[frozenset[str]]]:
    """What a heading says, read once for the sentences under it."""
    known: dict[tuple[tuple[str, ...], str], list[frozenset[str]]] = {}
    found: list[list[frozenset[str]]] = []
    for one in pool:
        key = (one.passage.heading, one.passage.title)
        if key not in known:
            known[key] = read_heading(one)
        found.append(known[key])
    return found


def _merit(one: Candidate, subject: frozenset[str], headed: Sequence[frozenset[str]], worked: bool) -> float:
    """What speaks for a sentence besides its centrality. headed: the terms of its heading."""
    named = {stem for term in headed for stem in term}
    return (
        1.0 * (subject in headed)
        + 0.4 * bool(subject and subject <= named)
        + 0.3 * (one.defines and not one.reading.dangles)
        + 0.1 * (one.at == 0)
        - 0.6 * one.reading.dangles
        - 0.4 * (_LEANING.search(one.text) is not None)
        - 0.8 * (worked or len(_FIGURES.findall(one.text)) > 1)
        - 0.5 * (not _LEAST_WORDS <= one.reading.length <= _MOST_WORDS)
        - 1.5 * (not one.reading.is_prose)
        - 0.8 * (_ABOUT_THE_LESSON.search(one.text) is not None)
    )


def _headed(one: Candidate) -> list[frozenset[str]]:
    """Stems of each term in the heading: of "Range and quartiles" those of the one and of the other."""
    heading = (one.passage.heading[-1:] or (one.passage.title,))[0]
    terms = (frozenset(stems(term)) for term in _BETWEEN_TERMS.split(heading.lower()))
    return [term for term in terms if term]


def _worked(sentences: Sequence[Candidate]) -> list[bool]:
    """Which sentences open an example, or reckon one on after it in the same passage."""
    worked: list[bool] = []
    within = ""
    for one in sentences:
        if _EXAMPLE.match(one.text):
            within = one.passage.chunk_id
        worked.append(within == one.passage.chunk_id and bool(_EXAMPLE.match(one.text) or _FIGURES.search(one.text)))
    return worked


def by_heading(sentences: Sequence[Candidate]) -> list[list[Candidate]]:
    """Neighbours under the same heading together."""
    groups: list[list[Candidate]] = []
    for one in sentences:
        if groups and groups[-1][-1].passage.heading == one.passage.heading:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _spread(sentences: Sequence[Candidate], most: int) -> list[Candidate]:
    if len(sentences) <= most:
        return list(sentences)
    return [sentences[int(i)] for i in np.linspace(0, len(sentences) - 1, most)]


def _openings(sentences: Sequence[Candidate]) -> NDArray[np.float64]:
    """Where a reader starts: mostly at the lesson's first sentences and at those that open a section."""
    start = np.ones(len(sentences))
    for i, one in enumerate(sentences):
        new_section = i == 0 or sentences[i - 1].passage.heading != one.passage.heading
        start[i] += 2.0 * new_section + 1.0 * (one.at == 0) + 1.0 * one.defines + 2.0 / (1 + i)
    return np.asarray(start / start.sum(), dtype=np.float64)


def _centrality(rows: Matrix, start: NDArray[np.float64]) -> NDArray[np.float64]:
    links = np.asarray(rows @ rows.T, dtype=np.float32)
    links[links < _LEAST_SIMILARITY] = 0.0
    np.fill_diagonal(links, 0.0)
    totals = links.sum(axis=1, keepdims=True)
    np.divide(links, totals, out=links, where=totals > 0)
    start = start.astype(np.float32)
    rank = start.copy()
    for _ in range(_STEPS):
        moved = _DAMPING * (rank @ links)
        following = moved + (1 - moved.sum()) * start
        if np.abs(following - rank).sum() < 1e-5:
            break
        rank = following
    return np.asarray(rank, dtype=np.float64)
