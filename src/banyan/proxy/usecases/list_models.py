"""Lists what can be asked for by name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from banyan.kernel.errors import BanyanError, NotAllowed
from banyan.proxy.domain.deployments import LOCAL, Alias, Capabilities, Deployment
from banyan.proxy.domain.model_name import public_name
from banyan.proxy.domain.pricing import Price
from banyan.proxy.ports.chat_provider import ChatProvider
from banyan.proxy.usecases.fleet import Fleet

log = structlog.get_logger(__name__)
_ABILITIES = ("tools", "json_schema", "vision", "prefill", "embeddings")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as callers see it.

    capabilities: of `chat`, `streaming`, `grounding` (may answer from a course), `quoting` (answers only in sentences
        of the course), `tools`, `json_schema`, `vision`, `prefill`, `embeddings`.
    dimensions: of its vectors, where it makes any. context_window, output_limit: tokens, None where nobody knows.
    zone: where the data goes, None where that depends. price: None where nobody knows, or where that depends.
    deployments: those of an alias.
    """

    id: str
    owner: str
    capabilities: tuple[str, ...]
    dimensions: int | None = None
    context_window: int | None = None
    output_limit: int | None = None
    zone: str | None = LOCAL
    price: Price | None = None
    deployments: tuple[str, ...] = ()


class ListModels:
    """embedding_models: the cards of the embedders that are set up."""

    def __init__(self, fleet: Fleet, embedding_models: Sequence[ModelCard] = ()) -> None:
        self._fleet = fleet
        self._embedding_models = tuple(embedding_models)

    async def all(self) -> list[ModelCard]:
        """Sorted by id. A provider that cannot be asked right now is left out, and logged."""
        fleet = self._fleet
        listed = await asyncio.gather(*(self._of(name, one) for name, one in fleet.providers.items()))
        names = {name for names in listed for name in names} | set(fleet.deployments)
        # A name may have gone meanwhile, and prices are read from a large list when they are asked for first.
        found = [(name, fleet.described(name)) for name in sorted(names - set(fleet.aliases))]
        aliases = list(fleet.aliases.values())
        cards = await asyncio.to_thread(lambda: [self._card(name, *described) for name, described in found])
        cards += [self._alias_card(alias) for alias in aliases]
        own = {card.id: card for card in self._embedding_models}
        return sorted((own | {card.id: card for card in cards}).values(), key=lambda card: card.id)

    async def one(self, id: str) -> ModelCard:
        """Raises: NotFound, naming what there is to choose from."""
        alias = self._fleet.aliases.get(id)
        if alias is not None:
            return self._alias_card(alias)
        for card in self._embedding_models:
            if card.id == id:
                return card
        return self._card(id, *self._fleet.described(id))

    async def _of(self, name: str, provider: ChatProvider) -> list[str]:
        try:
            models = await provider.models()
        except BanyanError as error:
            log.warning("models-not-listed", provider=name, error=error.message)
            return []
        return [public_name(name, model) for model in models]

    def _card(self, id: str, deployment: Deployment, provider: ChatProvider, can: Capabilities) -> ModelCard:
        does = ["chat"] if can.chat else []
        does += ["streaming"] if can.chat and can.stream else []
        does += ["grounding"] if can.chat else []
        does += ["quoting"] if can.chat and provider.grounds_itself else []
        does += [name for name in _ABILITIES if getattr(can, name)]
        return ModelCard(
            id,
            deployment.provider.split("/")[0],
            tuple(does),
            dimensions=self._fleet.dimensions(id) or can.dimensions if can.embeddings else None,
            context_window=can.context_window,
            output_limit=can.output_limit,
            zone=deployment.zone,
            price=self._fleet.price(deployment),
        )

    def _alias_card(self, alias: Alias) -> ModelCard:
        """What any of its deployments can, because a call goes to one that can what it needs.

        Vectors only where all would make the same.
        """
        cards = []
        for target in alias.targets:
            try:
                cards.append(self._card(target.deployment, *self._fleet.described(target.deployment)))
            except BanyanError:
                continue  # left out until it can be opened; `fault` in /admin/deployments says why
        abilities = dict.fromkeys(name for card in cards for name in card.capabilities)
        if not self._are_alike(alias):
            abilities.pop("embeddings", None)
        windows = [card.context_window for card in cards if card.context_window is not None]
        limits = [card.output_limit for card in cards if card.output_limit is not None]
        sizes = {card.dimensions for card in cards if card.dimensions is not None}
        first = cards[0] if cards else ModelCard(alias.name, "banyan", ())
        return replace(
            first,
            id=alias.name,
            owner="banyan",
            capabilities=tuple(abilities),
            dimensions=sizes.pop() if len(sizes) == 1 else None,
            context_window=max(windows, default=None),
            output_limit=max(limits, default=None),
            zone=first.zone if len({card.zone for card in cards}) == 1 else None,
            price=first.price if len({card.price for card in cards}) == 1 else None,
            deployments=tuple(card.id for card in cards),
        )

    def _are_alike(self, alias: Alias) -> bool:
        try:
            self._fleet.check_alike(alias)
        except NotAllowed:
            return False
        return True
