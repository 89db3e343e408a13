# ruff: noqa: E501
"""Two terms side by side."""

import re
from collections.abc import Sequence

import numpy as np

from banyan.proxy.domain.tutor.selection import Scores
from banyan.proxy.domain.tutor.sentences import Candidate, definition_of
from banyan.proxy.domain.tutor.words import stems

_CONTRAST = re.compile(
    r"\b(?:whereas|while|unlike|in contrast|by contrast|compared (?:to|with)|differs?|difference|both|rather than|instead of|than|but"
    r"|während|im gegensatz|tandis que|alors que|contrairement|mientras|a diferencia|enquanto|ao contrário)\b",
    re.IGNORECASE,
)

_DEFINING = 0.8
"""A definition of the term is what a comparison needs first, whatever else the sentences say."""
_CLEAR = 0.7
"""From here on a sentence defines the term; then it may well name the other one ("the square root of the variance")."""
_GAP = 1.2
"""A second sentence that rates so much less than the first would be filler."""
_FIGURES = re.compile(r"\d")


def mentions(one: Candidate, term: str, language: str) -> bool:
    """Whether a sentence has every content word of the term."""
    wanted = set(stems(term, language))
    return bool(wanted) and wanted <= one.stem_set


def about_one(sentences: Sequence[Candidate], scores: Scores, term: str, other: str, language: str) -> list[Candidate]:
    """Up to two sentences that say what the term is, best first; those that name the other term come last."""
    if not len(sentences):
        return []
    own = np.array([mentions(one, term, language) for one in sentences])
    foreign = np.array(
        [
            mentions(one, other, language) and not set(stems(term, language)) >= set(stems(other, language))
            for one in sentences
        ]
    )
    leaning = np.array([one.reading.dangles or one.reading.asks or not one.reading.is_prose for one in sentences])
    defining = np.array([definition_of(one, list(dict.fromkeys(stems(term, language)))) for one in sentences])
    rated = scores + 0.5 * own + _DEFINING * defining - 0.4 * (foreign & (defining < _CLEAR)) - 0.5 * leaning
    order = np.argsort(-rated, kind="stable")
    best = [int(i) for i in order if own[i] and rated[i] >= rated[order[0]] - _GAP][:2] or [int(order[0])]
    return [sentences[i] for i in best]


def about_both(
    sentences: Sequence[Candidate], scores: Scores, term: str, other: str, language: str
) -> Candidate | None:
    """The best sentence that names both terms, contrasting ones first."""
    rated = [
        (
            float(scores[i])
            + 0.4 * (_CONTRAST.search(one.text) is not None)
            - 0.5 * (_FIGURES.search(one.text) is not None),
            i,
        )
        for i, one in enumerate(sentences)
        if mentions(one, term, language)
        and mentions(one, other, language)
        and one.reading.is_prose
        and not one.reading.asks
        and not one.reading.points
    ]
    return sentences[max(rated)[1]] if rated else None
