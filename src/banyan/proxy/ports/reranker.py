"""The port to a model that reads a question and a passage together and says how well they fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Relevance:
    """How well the text at `place` of those that were sent fits. score: higher is better; its scale is the model's."""

    place: int
    score: float


class Reranker(Protocol):
    """Judges texts against a question."""

    async def rerank(self, query: str, texts: Sequence[str]) -> list[Relevance]:
        """Best first; each place at most once, equals in the order in which they were sent. Some may be missing.

        texts: 1 to 1,000.
        Raises: DeadlineExceeded, UpstreamFailed, RateLimited; an answer that cannot be true is an UpstreamFailed.
        """
        ...

    async def close(self) -> None:
        """Drops the connections."""
        ...


@dataclass(frozen=True, slots=True)
class RerankerNeeds:
    """What a reranker is opened with.

    url: of the server, with or without the path. model: None where the server has only one. deadline: in seconds.
    """

    url: str
    model: str | None
    key: str | None = field(repr=False)
    deadline: float


@dataclass(frozen=True, slots=True)
class RerankerEntry:
    """A wire shape's line in the catalogue.

    open: costs nothing until it is asked. Raises: InvalidInput. hosts: ends of host names that speak it.
    """

    name: str
    summary: str
    open: Callable[[RerankerNeeds], Reranker]
    hosts: tuple[str, ...] = ()
