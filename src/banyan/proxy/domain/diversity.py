"""Maximal marginal relevance: results that answer the question and do not repeat each other."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from banyan.proxy.domain.knowledge import Vector

_UNKNOWN = 0.5
"""The likeness of two passages of which one has no vector: neither told apart nor taken for the same."""


def diverse(scores: Sequence[float], likeness: NDArray[np.float32], relevance: float, limit: int) -> list[int]:
    """Places of the chosen, in the order of choice; the first is always the best.

    scores: in the order of the ranking. Where they do not fall, because something else made the order, ranks count.
    likeness: symmetric, row and column i for place i, 1 for the same.
    relevance: 0 to 1. At 1 the order stays; at 0 only likeness to what is chosen already counts. Ties go to the better
        place.
    """
    wanted = min(limit, len(scores))
    if relevance >= 1:
        return list(range(wanted))
    worth = relevance * _from_one_to_zero(scores)
    nearest = np.full(len(scores), -np.inf)
    left = np.ones(len(scores), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < wanted:
        gain = worth - (1 - relevance) * nearest if chosen else -np.arange(len(scores), dtype=np.float64)
        best = int(np.argmax(np.where(left, gain, -np.inf)))
        chosen.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness[best])
    return chosen


def likeness(vectors: Sequence[Vector | None]) -> NDArray[np.float32]:
    """Cosines of all pairs of unit vectors."""
    size = next((len(vector) for vector in vectors if vector is not None), 1)
    known = np.array([vector is not None for vector in vectors], dtype=bool)
    rows = [np.zeros(size, np.float32) if vector is None else vector for vector in vectors]
    matrix = np.stack(rows) if rows else np.zeros((0, size), np.float32)
    return np.where(np.outer(known, known), matrix @ matrix.T, np.float32(_UNKNOWN)).astype(np.float32)


def _from_one_to_zero(scores: Sequence[float]) -> NDArray[np.float64]:
    values = np.asarray(scores, np.float64)
    if any(after > before for before, after in pairwise(scores)):
        values = -np.arange(len(scores), dtype=np.float64)
    spread = values[0] - values[-1] if len(values) else 0.0
    return (values - values[-1]) / spread if spread > 0 else np.zeros(len(values))
