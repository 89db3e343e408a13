"""Finds the provider that answers for a model."""

from collections.abc import Iterable, Mapping

from banyan.kernel.errors import NotFound
from banyan.proxy.domain.model_name import choices, find_route
from banyan.proxy.ports.chat_provider import ChatProvider, ProviderEntry, ProviderNeeds


class ModelRoutes:
    """The providers that are open, by the names that models are asked for by.

    missing: for each provider that is not open, the operator's next step.
    """

    def __init__(self, providers: Mapping[str, ChatProvider], missing: Mapping[str, str] | None = None) -> None:
        self.providers = dict(providers)
        self.missing = dict(missing or {})

    @classmethod
    def open(cls, entries: Iterable[ProviderEntry], needs: ProviderNeeds) -> "ModelRoutes":
        """Opens every provider that has its settings. Raises: InvalidInput where they are wrong."""
        opened = {entry.name: (entry, entry.open(needs)) for entry in entries}
        return cls(
            {name: provider for name, (_, provider) in opened.items() if provider is not None},
            {name: entry.missing for name, (entry, provider) in opened.items() if provider is None},
        )

    def find(self, model: str) -> tuple[ChatProvider, str]:
        """The provider and its own name for the model.

        Raises: NotFound, naming what there is to choose from.
        """
        route = find_route(model, self.providers)
        if route is not None:
            return self.providers[route.provider], route.model
        absent = find_route(model, self.missing)
        step = f"{self.missing[absent.provider]} Or use" if absent else "Use"
        raise NotFound(
            f"There is no model {model[:100]!r} here. {step} one of {choices(self.providers)}.",
            code="model_not_found",
            param="model",
        )

    async def close(self) -> None:
        """Closes every provider."""
        for provider in self.providers.values():
            await provider.close()
