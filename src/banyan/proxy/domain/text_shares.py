"""Who of several texts used how much of what was counted for all of them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise


def shares(total: int, texts: Sequence[str | tuple[int, ...]]) -> list[int]:
    """Whole parts of the total, by the length of the texts; their sum is the total."""
    lengths = [len(text) + 1 for text in texts]  # no text is for nothing: models add tokens of their own
    whole = sum(lengths)
    marks = [0, *(total * so_far // whole for so_far in accumulate(lengths))]
    return [end - start for start, end in pairwise(marks)]
