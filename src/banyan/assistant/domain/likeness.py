"""How near texts are in meaning, by their vectors, and which of some names fits one best."""

import math
import re
from collections.abc import Mapping, Sequence

UNKNOWN = "unknown"
NOTHING_NEAR = 0.15
"""A cosine that any two texts may have; a name that is no nearer than that says nothing about a text."""
_SHARPNESS = 20.0  # a name that is 0.05 nearer than another gets e times its share
_PIECE = 1_000  # characters: what the built-in embedding model reads of a text
_MOST_PIECES = 16
_SPACE = re.compile(r"\s+")


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """-1 to 1; 0 where one of them has no length."""
    lengths = math.sqrt(sum(x * x for x in one) * sum(y * y for y in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / lengths if lengths else 0.0


def pieces_of(text: str) -> list[str]:
    """Pieces that an embedding model reads whole, spread evenly over a long text; empty for an empty one."""
    text = _SPACE.sub(" ", text).strip()
    starts = range(0, len(text), _PIECE)
    step = max(1, math.ceil(len(starts) / _MOST_PIECES))
    return [text[start : start + _PIECE] for start in starts[::step]]


def shares(nearness: Mapping[str, float]) -> dict[str, float]:
    """A share of 1 for each name by its cosine, and one for `unknown` that grows as all of them are far."""
    rivals = {**nearness, **({} if UNKNOWN in nearness else {UNKNOWN: NOTHING_NEAR})}
    weights = {name: math.exp(_SHARPNESS * near) for name, near in rivals.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
