"""The sentences that stand for a whole lesson."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.tutor.sentences import Candidate, Matrix, similarity_rows

_RANKED_AT_MOST = 1_200
"""Beyond this many sentences, evenly spread ones are ranked: the graph grows with the square."""
_DAMPING = 0.85
_LEAST_SIMILARITY = 0.15
_LEAST_WORDS, _MOST_WORDS = 6, 45
_REPEAT = 0.6
_SAME_HEADING = 0.25


def length_of_summary(sentences: int) -> int:
    """How many sentences to quote from a lesson of so many: one in twelve, three to eight."""
    return max(3, min(8, round(sentences / 12)))


def summarise(sentences: Sequence[Candidate], count: int | None = None) -> list[Candidate]:
    """The most central sentences in reading order, spread over the lesson's headings.

    Centrality is that of a random reader who walks from sentence to similar sentence (LexRank) and starts anew at
    openings of sections. What speaks about the page or asks is left out; what leans on its predecessor ranks lower.
    """
    pool = _spread([one for one in sentences if not (one.points or one.asks or one.directs)], _RANKED_AT_MOST)
    if not pool:
        pool = _spread(sentences, _RANKED_AT_MOST)
    count = count or length_of_summary(len(sentences))
    rows = similarity_rows(pool)
    scores = _centrality(rows, _openings(pool))
    scores = scores / max(float(scores.max(initial=0.0)), 1e-12)
    scores -= np.array(
        [
            0.4 * one.dangles
            + 0.5 * (not _LEAST_WORDS <= one.length <= _MOST_WORDS)
            + 0.5 * (not one.ends or one.is_code)
            for one in pool
        ]
    )
    chosen: list[int] = []
    while len(chosen) < min(count, len(pool)):
        gains = scores.copy()
        if chosen:
            gains -= _REPEAT * np.max(rows @ rows[chosen].T, axis=1).clip(min=0)
            taken = [pool[i].passage.heading for i in chosen]
            gains -= _SAME_HEADING * np.array([taken.count(one.passage.heading) for one in pool])
        gains[chosen] = -np.inf
        chosen.append(int(np.argmax(gains)))
    return [pool[i] for i in sorted(chosen)]


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
    links = np.asarray(rows @ rows.T, dtype=np.float64)
    links[links < _LEAST_SIMILARITY] = 0.0
    np.fill_diagonal(links, 0.0)
    totals = links.sum(axis=1, keepdims=True)
    links = np.divide(links, totals, out=np.zeros_like(links), where=totals > 0)
    rank = start.copy()
    for _ in range(50):
        moved = _DAMPING * (rank @ links)
        following = moved + (1 - moved.sum()) * start
        if np.abs(following - rank).sum() < 1e-9:
            break
        rank = following
    return rank
