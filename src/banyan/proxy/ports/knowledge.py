"""The port through which a provider reads what has been indexed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.knowledge import Passage, Scope, SearchMode, Vector
from banyan.proxy.domain.search_options import SearchOptions


@dataclass(frozen=True, slots=True)
class Reranking:
    """What became of a reranking that was asked for. fault: why the former order stands; None when it was done."""

    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: passages, best first, and the question's vector where one could be made."""

    passages: tuple[Passage, ...]
    question: Vector | None
    reranking: Reranking | None = None


class Knowledge(Protocol):
    """Reads indexed courses; sees published sources of the scope's tenant only."""

    async def search(
        self,
        scope: Scope,
        query: str,
        *,
        limit: int,
        mode: SearchMode = "hybrid",
        with_sentences: bool = False,
        beside: tuple[Scope, int] | None = None,
        options: SearchOptions | None = None,
    ) -> Found:
        """Up to `limit` passages, best first. `with_sentences` fills in the sentences' stored vectors.

        beside: another scope that is searched at the same time, and how many of its passages to add behind the
            others; those that were found already are left out.
        options: None for the service's own.
        Falls back to text ranking where no vectors are to be had. An unknown course finds nothing.
        """
        ...

    async def lesson(self, scope: Scope) -> Sequence[Passage]:
        """All passages of the scope in reading order, sentences with their stored vectors; score is 0."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Vector] | None:
        """Unit vectors of the texts, or None where there is no embedder."""
        ...

    async def knows(self, scope: Scope) -> bool:
        """Whether anything is indexed in the scope."""
        ...
