"""Finds the model that a caller means who does not know what there is here."""

import time
from collections.abc import Sequence

from banyan.assistant.ports.model_gateway import ModelGateway, OfferedModel
from banyan.kernel.errors import BanyanError
from banyan.kernel.identity import Identity

_SECONDS = 30.0
_MOST = 200


class ModelNames:
    """What is offered is believed for half a minute."""

    def __init__(self, gateway: ModelGateway) -> None:
        self._gateway = gateway
        self._known: dict[tuple[str, str], tuple[Sequence[OfferedModel], float]] = {}

    async def offered(self, asker: Identity) -> Sequence[OfferedModel]:
        """All that the asker may ask for. Raises: the proxy's own errors."""
        key = (asker.tenant, "" if asker.grant is None else asker.grant.key)
        known, until = self._known.get(key, ((), 0.0))
        if time.monotonic() < until:
            return known
        found = await self._gateway.models(asker)
        self._known = {**dict(list(self._known.items())[-_MOST:]), key: (found, time.monotonic() + _SECONDS)}
        return found

    async def chat(self, asker: Identity, wanted: str | None, owners: Sequence[str] = ()) -> OfferedModel | None:
        """The chat model of that name, with its provider's name before it or without; None for the usual one.

        owners: providers to choose from where nobody is named, the first that has a model.
        """
        models = [one for one in await self._quietly(asker) if one.chat]
        if wanted:
            found = next((one for one in models if one.id == wanted), None)
            return found or next((one for one in models if one.id.rpartition("/")[2] == wanted), None)
        return next((one for owner in owners for one in models if one.owner == owner), None)

    async def vectors(self, asker: Identity, wanted: str | None) -> str | None:
        """The name of the embedding model; None for the service's own."""
        models = [one for one in await self._quietly(asker) if one.dimensions is not None]
        exact = next((one.id for one in models if one.id == wanted), None)
        return exact or next((one.id for one in models if one.id.rpartition("/")[2] == wanted), None)

    async def _quietly(self, asker: Identity) -> Sequence[OfferedModel]:
        try:
            return await self.offered(asker)
        except BanyanError:
            return ()  # the usual model will say what is wrong
