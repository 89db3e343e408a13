"""The embedder of each deployment: opened when vectors are asked for first, closed when the deployment goes."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec

from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.ports.chat_provider import ProviderEntry, ProviderNeeds
from banyan.proxy.ports.embedder import Embedder
from banyan.proxy.ports.telemetry import Telemetry, Unwatched
from banyan.proxy.usecases.fleet import Member
from banyan.proxy.wrappers.batched import BATCH_SIZE, Batched
from banyan.proxy.wrappers.guarded_embedder import GuardedEmbedder
from banyan.proxy.wrappers.remembered import Remembered, VectorMemory

_PARALLEL = 4
"""Calls at a time, each for urgent texts and for the others, where the deployment does not say less."""


class Embedders:
    """What stands around every embedder: one memory of vectors, batches of its own, the breaker of its deployment.

    entries: the providers, by name. size: texts in a call, at most.
    """

    def __init__(
        self,
        entries: Mapping[str, ProviderEntry],
        needs: ProviderNeeds,
        memory: VectorMemory,
        *,
        size: int = BATCH_SIZE,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._entries = entries
        self._needs = needs
        self._memory = memory
        self._size = size
        self._telemetry = telemetry or Unwatched()
        self._shared: dict[str, Callable[[str], Embedder] | None] = {}

    def around(self, embedder: Embedder, model: str, parallel: int = _PARALLEL) -> Remembered:
        """The embedder with memory and batches. model: what its vectors are remembered by."""
        batched = Batched(embedder, size=self._size, parallel=parallel, telemetry=self._telemetry)
        return Remembered(batched, self._memory, model)

    def of(self, member: Member) -> Remembered | None:
        """None where its provider makes no vectors. Raises: InvalidInput where its settings are wrong."""
        if member.embedder is None:
            give = self._give(member.deployment)
            if give is None:
                return None
            deployment, guard = member.deployment, member.guard
            bare = GuardedEmbedder(
                give(deployment.model),
                guard,
                first_byte=deployment.patience.first_byte,
                owned=bool(deployment.settings),
            )
            parallel = min(_PARALLEL, deployment.max_parallel or _PARALLEL)
            member.embedder = self.around(bare, _place(deployment), parallel)
        return member.embedder

    @asynccontextmanager
    async def bare(self, deployment: Deployment) -> AsyncIterator[Embedder]:
        """The embedder with nothing around it, for one call. Raises: InvalidInput where its provider has none."""
        give = self._give(deployment)
        if give is None:
            raise InvalidInput(f"{deployment.provider} makes no vectors; choose another provider.", param="provider")
        embedder = give(deployment.model)
        try:
            yield embedder
        finally:
            if deployment.settings:
                await embedder.close()

    async def close(self) -> None:
        """Drops the connections that deployments share; those of their own close with them."""
        for give in self._shared.values():
            if give is not None:
                await give("").close()  # the models of one upstream share its connections

    def _give(self, deployment: Deployment) -> Callable[[str], Embedder] | None:
        """From a model's name to its embedder; those without settings share the provider's connections."""
        provider, settings = deployment.provider, deployment.settings
        embeddings = self._entries[provider].embeddings
        if embeddings is None:
            return None
        if settings:
            return embeddings(ProviderNeeds(self._needs.environment, self._needs.knowledge, settings))
        if provider not in self._shared:
            self._shared[provider] = embeddings(self._needs)
        return self._shared[provider]


def _place(deployment: Deployment) -> str:
    """Whose vectors may be remembered together: the same model, asked in the same way at the same address."""
    model = f"{deployment.provider}/{deployment.model}"
    if not deployment.settings:
        return model
    settings = msgspec.json.encode(sorted(deployment.settings.items()))
    return f"{model}?{hashlib.blake2b(settings, digest_size=16).hexdigest()}"
