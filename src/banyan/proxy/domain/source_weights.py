"""How much a passage counts by where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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


def weighed(passages: Sequence[Passage], weights: Mapping[str, float]) -> list[Passage]:
    """Best first by weighted score; ties by id, as in every ranking.

    A score below zero is divided, so that a weight below one never helps.
    """
    scored = []
    for passage in passages:
        weight = weight_of(passage, weights)
        scored.append(replace(passage, score=passage.score * weight if passage.score > 0 else passage.score / weight))
    return sorted(scored, key=lambda passage: (-passage.score, passage.chunk_id))


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
