"""Says which of some categories a text belongs to, by meaning, without a model that writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from banyan.assistant.domain.likeness import cosine, pieces_of, shares
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

MOST_CATEGORIES = 100


@dataclass(frozen=True, slots=True)
class Classified:
    """category: the best, or "unknown" where none is near. scores: sum to 1. similarities: cosines, -1 to 1."""

    category: str
    scores: Mapping[str, float]
    similarities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Classify:
    """The use case."""

    gateway: ModelGateway

    async def __call__(self, asker: Identity, content: str, categories: Mapping[str, str]) -> Classified:
        """categories: their descriptions by name, "" for a name that says enough.

        Raises: InvalidInput; the proxy's own errors.
        """
        names = [name for name in categories if name.strip()]
        if not names or len(names) > MOST_CATEGORIES:
            raise InvalidInput(f"Send 1 to {MOST_CATEGORIES} `categories` with a name.", param="categories")
        pieces = pieces_of(content)
        if not pieces:
            raise InvalidInput("`content` has no text; send what is to be classified.", param="content")
        described = [f"{name}: {categories[name]}" if categories[name].strip() else name for name in names]
        vectors = await self.gateway.embed(asker, [*described, *pieces])
        mean = [sum(column) for column in zip(*vectors[len(names) :], strict=True)]
        near = {name: cosine(vector, mean) for name, vector in zip(names, vectors, strict=False)}
        scores = shares(near)
        return Classified(max(scores, key=scores.__getitem__), scores, near)
