"""The port to an embedding model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Input = str | tuple[int, ...]
"""A text, or token ids of the model's own vocabulary."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """vectors: float32, shape (texts, dimensions), rows of unit length. tokens: how many the texts have in all.

    spared: those of them that nobody had to read, since the vectors were known.
    """

    vectors: NDArray[np.float32]
    tokens: int
    spared: int = 0


class Embedder(Protocol):
    """Turns texts into unit vectors; texts beyond `max_tokens` are cut there, as the model does.

    dimensions, max_tokens: None where only the upstream knows; it then refuses what is too long.
    """

    @property
    def name(self) -> str:
        """The model's own name, kept beside the vectors that it made."""
        ...

    @property
    def dimensions(self) -> int | None:
        """Numbers in a vector."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Tokens that are read of a text."""
        ...

    async def embed(self, texts: Sequence[Input], *, urgent: bool = False) -> Embedding:
        """One row per text, in the order given; any number of texts, batched within.

        urgent: a learner is waiting; goes before background batches.
        Raises: Unavailable when the model cannot be loaded, naming the next step; InvalidInput when a token id
            is not of the model's vocabulary; UpstreamFailed, RateLimited or DeadlineExceeded from an upstream.
        """
        ...

    async def close(self) -> None:
        """Releases the model."""
        ...
