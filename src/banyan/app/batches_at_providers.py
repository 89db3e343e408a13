"""Wires the batch APIs of providers."""

from collections.abc import Collection
from dataclasses import replace

from banyan.edge.http.batch_lines import Identify
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.accounting import Caller
from banyan.proxy.domain.batches import ENDPOINTS, TASK
from banyan.proxy.domain.files import Owner
from banyan.proxy.domain.routing import Wish
from banyan.proxy.ports.batch_provider import BatchProvider
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.ports.budgets import Budgets
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.usecases.fleet import Fleet
from banyan.proxy.usecases.remote_answers import RemoteDeployment
from banyan.proxy.usecases.remote_batches import RemoteBatches

_CLOCK = SystemClock()
_CHAT = "/v1/chat/completions"


class AtProviders:
    """Which deployment may have a batch, by rules that keep every promise of a call.

    All lines are chat completions that one deployment alone would answer, within the owner's data zone, and no budget
    applies to the owner: a provider's batch cannot be stopped by one. chooses: False leaves no more batches to anybody,
    and only looks after those that are there.
    """

    def __init__(
        self,
        fleet: Fleet,
        needs: ProviderNeeds,
        default_model: str,
        identify: Identify,
        budgets: Budgets,
        *,
        chooses: bool = True,
    ) -> None:
        self._chooses = chooses
        self._fleet = fleet
        self._needs = needs
        self._default_model = default_model
        self._identify = identify
        self._budgets = budgets
        self._opened: dict[str, RemoteDeployment] = {}
        self._outdated: list[BatchProvider] = []

    def remotes(self, store: BatchStore, *, ledger: Ledger, poll: float, clock: Clock = _CLOCK) -> RemoteBatches:
        """Over a store."""
        return RemoteBatches(store, ledger, clock, self.choose, self.by_name, poll)

    def choose(self, owner: Owner, endpoint: str, models: Collection[str]) -> str | None:
        """As `Choose` says."""
        caller = Caller(owner.tenant, owner.user, owner.key, task=TASK)
        if not self._chooses or endpoint != _CHAT or self._budgets.limits(caller):
            return None
        try:
            identity = self._identify(owner)
            if identity.grant is not None and ENDPOINTS[_CHAT] not in identity.grant.scopes:
                return None
            names = set()
            for model in models:
                identity.check_model(model or self._default_model)
                wish = Wish(TASK, owner.zone, frozenset())
                names |= {one.deployment for one in self._fleet.explain(model or self._default_model, wish).choices}
        except BanyanError:
            return None  # each line says so itself
        [name, *others] = names
        return name if not others and self.by_name(name) is not None else None

    def by_name(self, name: str) -> RemoteDeployment | None:
        """The deployment's batch API, opened once."""
        try:
            deployment, _, _ = self._fleet.described(name)
        except BanyanError:
            return None
        known = self._opened.get(name)
        if known is not None and known.deployment == deployment:
            return replace(known, price=self._fleet.price(deployment))
        entry = self._fleet.entries[deployment.provider]
        needs = ProviderNeeds(self._needs.environment, self._needs.knowledge, deployment.settings)
        try:
            provider = None if entry.batches is None else entry.batches(needs)
        except BanyanError:
            return None  # its settings are wrong, which its calls say
        if provider is None:
            return None
        if known is not None:
            self._outdated.append(known.provider)  # a step may still be using it
        self._opened[name] = RemoteDeployment(deployment, provider, self._fleet.price(deployment))
        return self._opened[name]

    async def close(self) -> None:
        """Drops the connections."""
        for provider in (*self._outdated, *(remote.provider for remote in self._opened.values())):
            await provider.close()
