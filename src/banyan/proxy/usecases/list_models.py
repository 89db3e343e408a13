"""Lists what can be asked for by name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.model_name import public_name
from banyan.proxy.ports.chat_provider import ChatProvider
from banyan.proxy.usecases.fleet import Fleet

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as callers see it.

    capabilities: of `chat`, `streaming`, `grounding` (may answer from a course), `quoting` (answers only in sentences
        of the course), `embeddings`.
    dimensions: of its vectors, where it makes any.
    """

    id: str
    owner: str
    capabilities: tuple[str, ...]
    dimensions: int | None = None


class ListModels:
    """embedding_models: the cards of the embedders that are set up."""

    def __init__(self, fleet: Fleet, embedding_models: Sequence[ModelCard] = ()) -> None:
        self._fleet = fleet
        self._embedding_models = tuple(embedding_models)

    async def all(self) -> list[ModelCard]:
        """Sorted by id. A provider that cannot be asked right now is left out, and logged."""
        found = await asyncio.gather(*(self._of(name, one) for name, one in self._fleet.providers.items()))
        return sorted([card for cards in found for card in cards] + [*self._embedding_models], key=lambda card: card.id)

    async def one(self, id: str) -> ModelCard:
        """Raises: NotFound, naming what there is to choose from."""
        for card in self._embedding_models:
            if card.id == id:
                return card
        member = self._fleet.member(id)
        return _card(id, member.deployment.provider.split("/")[0], member.provider)

    async def _of(self, name: str, provider: ChatProvider) -> list[ModelCard]:
        try:
            models = await provider.models()
        except BanyanError as error:
            log.warning("models-not-listed", provider=name, error=error.message)
            return []
        return [_card(public_name(name, model), name.split("/")[0], provider) for model in models]


def _card(id: str, owner: str, provider: ChatProvider) -> ModelCard:
    grounding = ("grounding", "quoting") if provider.grounds_itself else ("grounding",)
    return ModelCard(id, owner, ("chat", "streaming", *grounding))
