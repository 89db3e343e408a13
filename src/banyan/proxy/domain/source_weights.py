"""How much a passage counts by where it comes from."""

from collections.abc import Mapping, Sequence
from typing import Final

from banyan.proxy.domain.knowledge import LESSON_SOURCE, Passage
from banyan.proxy.domain.search_options import DEFAULT_WEIGHTS

KINDS: Final = tuple(DEFAULT_WEIGHTS)


def kind_of(passage: Passage) -> str:
    """The kind that a passage's source counts as.

    A `source_type` that is a kind's name says so itself. Otherwise a lesson's own body is `lesson`, what has an address
    is `external`, and any other attachment is `file`.
    """
    if passage.source_type.casefold() in KINDS:
        return passage.source_type.casefold()
    if passage.source == LESSON_SOURCE:
        return "lesson"
    return "external" if passage.url else "file"


def weight_of(passage: Passage, weights: Mapping[str, float]) -> float:
    """The weight of its `source_type`, else of its kind, else 1."""
    return weights.get(passage.source_type, weights.get(kind_of(passage), 1.0))


def weighed(found: Sequence[tuple[Passage, float]], weights: Mapping[str, float]) -> list[tuple[Passage, float]]:
    """Passages and their scores, best first by weighted score; ties by id, as in every ranking.

    A score below zero is divided, so that a weight below one never helps.
    """
    scored = [
        (passage, score * weight if score > 0 else score / weight)
        for passage, score in found
        for weight in (weight_of(passage, weights),)
    ]
    return sorted(scored, key=lambda each: (-each[1], each[0].chunk_id))


def within_reach(scores: Sequence[float], limit: int, weights: Mapping[str, float]) -> int:
    """How many of the best could be among the first `limit` after weighing.

    scores: falling. A bound, so that what has no chance need not be looked up.
    """
    least, most = min(weights.values(), default=1.0), max(weights.values(), default=1.0)
    least, most = min(least, 1.0), max(most, 1.0)
    if len(scores) <= limit or least == most:
        return min(limit, len(scores))
    last = scores[limit - 1]
    if last <= 0:
        return len(scores)
    return sum(score * most >= last * least for score in scores)
