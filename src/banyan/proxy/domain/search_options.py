"""What a search can be told beyond its question: where to look, how wide, and in which order to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

HNSW_EF = 64
MOST_HNSW_EF = 4096
CANDIDATES = 20
MOST_CANDIDATES = 1000
"""Of each view. A thousand is more than any course's right answer has been found to hide behind."""

LAMBDA = 0.7
POOL = 50
MOST_POOL = 200

RERANKED = 50
MOST_RERANKED = 200

DEFAULT_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"lesson": 1.0, "instructor": 0.95, "file": 0.85, "external": 1.0}
)
LEAST_WEIGHT = 0.01
MOST_WEIGHT = 10.0
"""Beyond these a weight is a filter, or a mistake."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which passages may be found; what is empty or None admits everything, and all that is given must hold.

    source_types: any of these. lessons: any of these. chapter: exactly this.
    pages: first and last page; passages without a page are not among them.
    metadata: as it was sent with the source, each of these top-level keys with exactly this value.
    """

    source_types: frozenset[str] = frozenset()
    lessons: frozenset[str] = frozenset()
    chapter: str | None = None
    pages: tuple[int, int] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def admit_everything(self) -> bool:
        """Whether there is nothing to filter by."""
        return self == Filters()

    def admit(self, metadata: Mapping[str, Any]) -> bool:
        """Whether a source with this metadata may be found."""
        return all(key in metadata and _same(metadata[key], value) for key, value in self.metadata.items())


@dataclass(frozen=True, slots=True)
class TwoStage:
    """A narrow first look, whose candidates alone are compared in full. candidates: of each view."""

    hnsw_ef: int = HNSW_EF
    candidates: int = CANDIDATES


@dataclass(frozen=True, slots=True)
class Diversity:
    """Maximal marginal relevance. relevance: 0 (only variety) to 1 (only rank). pool: how many are chosen from."""

    relevance: float = LAMBDA
    pool: int = POOL


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """One search's options.

    two_stage: None for the store's own depth. weights: by kind or type of source, as `domain/source_weights.py` has it.
    rerank: how many of the best are shown to the reranker; 0 leaves it out.
    """

    filters: Filters = Filters()
    two_stage: TwoStage | None = None
    diversity: Diversity | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    rerank: int = 0


@dataclass(frozen=True, slots=True)
class SearchDefaults:
    """What an operator has set for all searches.

    stages: the numbers of two-stage search. always_two_stage: whether it is on unless a search says otherwise.
    rerank: whether a search over HTTP asks the reranker unless it says otherwise.
    """

    stages: TwoStage = TwoStage()
    always_two_stage: bool = False
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    rerank: bool = False
    rerank_candidates: int = RERANKED

    @property
    def two_stage(self) -> TwoStage | None:
        """The stages where they are on."""
        return self.stages if self.always_two_stage else None

    @property
    def options(self) -> SearchOptions:
        """For searches that bring no options, such as those of a chat: nobody waits for a reranker there."""
        return SearchOptions(two_stage=self.two_stage, weights=self.weights)


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is no number."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
