"""The deployments that are running, by the names that callers ask for."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed, NotFound
from banyan.kernel.money import Money
from banyan.proxy.domain.breaker import Breaker
from banyan.proxy.domain.deployments import LOCAL, USUAL_PATIENCE, Alias, Capabilities, Deployment, Patience
from banyan.proxy.domain.model_name import choices, find_route
from banyan.proxy.domain.pricing import Price, Tokens
from banyan.proxy.domain.routing import MILLION_EACH, Choice, Load, Plan, Wish, plan
from banyan.proxy.domain.screening import Screen, Screening
from banyan.proxy.domain.vector_family import mixture
from banyan.proxy.ports.budgets import Budgets
from banyan.proxy.ports.chat_provider import ChatProvider, ProviderEntry, ProviderNeeds
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.prices import Prices
from banyan.proxy.ports.telemetry import Telemetry, Unwatched
from banyan.proxy.wrappers.grounded import Grounded
from banyan.proxy.wrappers.guarded import Guarded
from banyan.proxy.wrappers.metered import Metered
from banyan.proxy.wrappers.remembered import Remembered
from banyan.proxy.wrappers.retried import Retried
from banyan.proxy.wrappers.routed import Link, Routed

TUTOR = "banyan/extractive"
"""What answers a learner when nobody else can: it needs no key, no network and no money."""
_MOST_IMPLICIT = 1000
"""Names written `provider/model` that are remembered with their breakers; callers choose them, so they are bounded."""
NO_VECTORS = "no_vectors"
VECTORS = "embeddings"
"""The need of a call for vectors."""
Faults = dict[tuple[str, str], str]
"""What is wrong, by `deployment` or `alias` and its name."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the money is counted. telemetry: told of breakers and refusals; the ledger tells of attempts itself."""

    prices: Prices
    budgets: Budgets
    ledger: Ledger
    telemetry: Telemetry = field(default_factory=Unwatched)


@dataclass(frozen=True, slots=True)
class Conditions:
    """How deployments are treated that do not say so themselves. pause: of an open breaker, in seconds.

    top_k: passages that ground an answer. screen: which of them no model is shown, None for all that are found.
    tutor_fallback: whether the extractive tutor ends every chain with a course.
    """

    patience: Patience = USUAL_PATIENCE
    failures: int = 5
    pause: float = 30
    top_k: int = 10
    screen: Screen | None = None
    tutor_fallback: bool = True


@dataclass(slots=True)
class Member:
    """One deployment at work. owned: its provider was opened for it alone, and closes with it.

    paid: with the meter around it, and nothing else.
    capabilities: of local servers known only once they have been asked; until then nothing is ruled out.
    alone: what answers a call that asks for it by name, once there was one.
    embedder: opened when vectors are asked for, and closes with the member.
    """

    deployment: Deployment
    provider: ChatProvider
    paid: ChatProvider
    guard: Guarded
    chain: ChatProvider
    capabilities: Capabilities
    free: bool
    owned: bool
    alone: Routed | None = None
    embedder: Remembered | None = None

    @property
    def dimensions(self) -> int | None:
        """Of its vectors, as its answers had them; None before the first."""
        return None if self.embedder is None else self.embedder.dimensions


class Fleet:
    """Finds who answers. Deployments and aliases may be changed while calls run: `apply` keeps what stays the same.

    entries: the providers there are. Whoever has its settings in the environment answers `provider/model` at once.
    """

    def __init__(
        self,
        entries: Iterable[ProviderEntry],
        needs: ProviderNeeds,
        accounts: Accounts,
        knowledge: Knowledge,
        conditions: Conditions = Conditions(),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._needs = needs
        self._accounts = accounts
        self._knowledge = knowledge
        self._conditions = conditions
        self._screening = Screening(conditions.screen)
        self._chance = chance
        opened = {name: entry.open(needs) for name, entry in self._entries.items()}
        self.providers: dict[str, ChatProvider] = {name: one for name, one in opened.items() if one is not None}
        self._missing = {name: self._entries[name].missing for name, one in opened.items() if one is None}
        self._ends_with_tutor = conditions.tutor_fallback and TUTOR in self.providers
        self._members: dict[str, Member] = {}
        self._implicit: dict[str, Member] = {}
        self._aliases: dict[str, Alias] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def aliases(self) -> Mapping[str, Alias]:
        """By name."""
        return self._aliases

    @property
    def telemetry(self) -> Telemetry:
        """Whoever is told of breakers and refusals."""
        return self._accounts.telemetry

    @property
    def entries(self) -> Mapping[str, ProviderEntry]:
        """Every provider there could be, by name."""
        return self._entries

    @property
    def deployments(self) -> Mapping[str, Deployment]:
        """Those that are set up, by name."""
        return {name: member.deployment for name, member in self._members.items()}

    @property
    def ends_with_tutor(self) -> bool:
        """Whether the extractive tutor stands behind every answer from a course."""
        return self._ends_with_tutor

    @property
    def members(self) -> Mapping[str, Member]:
        """Every deployment that is set up or has been asked for, by name."""
        return {**self._implicit, **self._members}

    def entry(self, provider: str) -> ProviderEntry:
        """Raises: InvalidInput naming the providers there are."""
        if provider not in self._entries:
            raise InvalidInput(
                f"There is no provider {provider[:100]!r}; choose one of {', '.join(sorted(self._entries))}.",
                code="unknown_provider",
                param="provider",
            )
        return self._entries[provider]

    def apply(self, deployments: Iterable[Deployment], aliases: Iterable[Alias], faults: Faults | None = None) -> None:
        """From now on these are the deployments and aliases; calls under way end as they began.

        faults: what cannot be is left out and written there; without it:
        Raises: InvalidInput where one cannot be, and then nothing has changed.
        """
        members, named, _ = self._built(deployments, aliases, faults)
        gone = [member for member in self._members.values() if member is not members.get(member.deployment.name)]
        self._members, self._aliases = members, named
        self._retire(gone)

    def check(self, deployments: Iterable[Deployment], aliases: Iterable[Alias]) -> Faults:
        """What would be wrong with these; changes nothing."""
        faults: Faults = {}
        _, _, fresh = self._built(deployments, aliases, faults)
        self._retire(fresh)
        return faults

    def _built(
        self, deployments: Iterable[Deployment], aliases: Iterable[Alias], faults: Faults | None
    ) -> tuple[dict[str, Member], dict[str, Alias], list[Member]]:
        """The members and aliases by name, and which of the members are new."""
        members: dict[str, Member] = {}
        named: dict[str, Alias] = {}
        fresh: list[Member] = []
        try:
            for deployment in deployments:
                known = self._members.get(deployment.name)
                if known is None or known.deployment != deployment:
                    try:
                        known = self._open(deployment)
                    except BanyanError as error:
                        if faults is None:
                            raise
                        faults["deployment", deployment.name] = error.message
                        continue
                    fresh.append(known)
                members[deployment.name] = known
            for alias in aliases:
                fault = self._fault(alias, members)
                if fault is not None:
                    if faults is None:
                        raise fault
                    faults["alias", alias.name] = fault.message
                    if not any(self._exists(target.deployment, members) for target in alias.targets):
                        continue
                    if self._exists(alias.name, members):
                        continue
                named[alias.name] = alias
        except BaseException:
            self._retire(fresh)
            raise
        return members, named, fresh

    def route(self, model: str, wish: Wish, *, tutor: bool = False) -> Routed:
        """Who answers this call. tutor: with the extractive tutor behind all others.

        Raises: NotFound naming what there is to choose from; NotAllowed where the data zone forbids it; InvalidInput
            where nobody can do what the call needs.
        """
        alias = self._aliases.get(model)
        if alias is None and not tutor:
            member = self._member(model)
            self._check_zone(model, member, wish)
            if member.alone is None:
                member.alone = Routed([self._link(member, _by_name(model))])
            return member.alone
        chosen = self.explain(model, wish)
        links = [self._link(self._member(choice.deployment), choice) for choice in chosen.choices]
        if tutor and self._ends_with_tutor and all(link.name != TUTOR for link in links):
            links.append(self._link(self._member(TUTOR), Choice(TUTOR, "when nobody else can")))
        return Routed(links, alias)

    def explain(self, model: str, wish: Wish) -> Plan:
        """Who would be asked, in which order, and why. Raises: as `route`."""
        alias = self._aliases.get(model)
        if alias is None:
            member = self._member(model)
            self._check_zone(model, member, wish)
            if VECTORS in wish.needs and not member.capabilities.embeddings:
                raise NotAllowed(
                    f"{model[:100]} makes no vectors; choose a model that has `embeddings` in GET /v1/models.",
                    code=NO_VECTORS,
                    param="model",
                )
            return Plan((_by_name(model),))
        loads = {name: self.load(name, wish.tokens) for name in self._targets(alias)}
        if VECTORS in wish.needs:
            self.check_alike(alias)
        found = plan(alias, wish, loads, self._chance)
        if found.choices:
            return found
        reasons = "; ".join(f"{choice.deployment}: {choice.why}" for choice in found.passed_over)
        raise NotAllowed(
            f"No deployment of {model!r} can take this call ({reasons}); change the request, or ask the operator.",
            code="no_deployment",
            param="model",
        )

    def _check_zone(self, model: str, member: Member, wish: Wish) -> None:
        if wish.zone is not None and member.deployment.zone != wish.zone:
            raise NotAllowed(
                f"The course keeps its data in the zone {wish.zone!r}, and {model[:100]} is in "
                f"{member.deployment.zone!r}; choose another model.",
                code="zone_not_allowed",
                param="model",
            )

    def check_alike(self, alias: Alias) -> None:
        """Raises: NotAllowed where the targets that make vectors make them differently, whoever is asked this time:
        what was indexed with one model cannot be found with another.
        """
        members = [self._member(name) for name in self._targets(alias)]
        able = [member for member in members if member.capabilities.embeddings]
        known = {member.deployment.name: member.dimensions for member in able}
        told = {name: number for name, number in known.items() if number is not None}
        words = mixture([member.deployment for member in able], told)
        if words is not None:
            raise NotAllowed(
                f"The alias {alias.name!r} stands for models whose vectors cannot be compared ({words}); ask for one "
                "of them, or give the deployments the same `vectors` if they are the same model.",
                code="mixed_vectors",
                param="model",
            )

    def passed_over(self, model: str, wish: Wish) -> tuple[Choice, ...]:
        """Whom `explain` would leave out, also where it leaves out everybody. Raises: NotFound."""
        alias = self._aliases.get(model)
        if alias is None:
            return ()
        return plan(alias, wish, {name: self.load(name) for name in self._targets(alias)}, self._chance).passed_over

    def load(self, name: str, tokens: Tokens = MILLION_EACH) -> Load:
        """How a deployment does right now. tokens: what is priced. Raises: NotFound."""
        member = self._member(name)
        price = self._accounts.prices.of(member.deployment)
        cost: Money | None = None if price is None else price.of(tokens)
        guard = member.guard
        return Load(member.deployment, member.capabilities, cost, guard.latency, guard.busy)

    def price(self, deployment: Deployment) -> Price | None:
        """None where nobody knows."""
        return self._accounts.prices.of(deployment)

    def described(self, name: str) -> tuple[Deployment, ChatProvider, Capabilities]:
        """What stands behind a name, without remembering that it was asked for. Raises: NotFound."""
        found = self._members.get(name) or self._implicit.get(name)
        if found is not None:
            return found.deployment, found.provider, found.capabilities
        deployment, provider = self._implied(name)
        return deployment, provider, self._capabilities(deployment, provider)

    def dimensions(self, name: str) -> int | None:
        """Of the vectors that a deployment gave; None before the first."""
        found = self._members.get(name) or self._implicit.get(name)
        return None if found is None else found.dimensions

    def member(self, name: str) -> Member:
        """Raises: NotFound."""
        return self._member(name)

    def provider_of(self, name: str) -> str:
        """The provider of a deployment; empty where it is gone."""
        found = self._members.get(name) or self._implicit.get(name)
        return "" if found is None else found.deployment.provider

    async def close(self) -> None:
        """Closes every provider."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for member in self.members.values():
            await _close(member)
        for provider in self.providers.values():
            await provider.close()

    def _targets(self, alias: Alias) -> list[str]:
        return [target.deployment for target in alias.targets if self._exists(target.deployment, self._members)]

    def _exists(self, name: str, members: Mapping[str, Member]) -> bool:
        return name in members or find_route(name, self.providers) is not None

    def _fault(self, alias: Alias, members: Mapping[str, Member]) -> InvalidInput | None:
        if not alias.targets:
            return InvalidInput(f"The alias {alias.name!r} has no targets; name one.", param="targets")
        if self._exists(alias.name, members):
            return InvalidInput(
                f"{alias.name!r} is the name of a deployment already; give the alias another one.", param="name"
            )
        for target in alias.targets:
            if not self._exists(target.deployment, members):
                return InvalidInput(
                    f"The alias {alias.name!r} names {target.deployment!r}, which is no deployment and no model of a "
                    f"provider that is set up; use one of {', '.join([*sorted(members), choices(self.providers)])}.",
                    code="unknown_deployment",
                    param="targets",
                )
        return None

    def _member(self, name: str) -> Member:
        found = self._members.get(name) or self._implicit.get(name)
        if found is not None:
            return found
        deployment, provider = self._implied(name)
        while len(self._implicit) >= _MOST_IMPLICIT:
            del self._implicit[next(iter(self._implicit))]
        self._implicit[name] = found = self._joined(deployment, provider, owned=False)
        return found

    def _implied(self, name: str) -> tuple[Deployment, ChatProvider]:
        route = find_route(name, self.providers)
        if route is None:
            raise self._unknown(name)
        zone, patience = self._entries[route.provider].zone, self._conditions.patience
        return Deployment(name, route.provider, route.model, zone=zone, patience=patience), self.providers[
            route.provider
        ]

    def _open(self, deployment: Deployment) -> Member:
        entry = self.entry(deployment.provider)
        if not deployment.settings and deployment.provider in self.providers:
            return self._joined(deployment, self.providers[deployment.provider], owned=False)
        needs = ProviderNeeds(self._needs.environment, self._needs.knowledge, deployment.settings)
        try:
            provider = entry.open(needs)
        except InvalidInput as error:
            raise InvalidInput(
                f"The deployment {deployment.name!r} cannot be opened: {error.message}",
                code=error.code,
                param="settings",
            ) from error
        if provider is None:
            raise InvalidInput(
                f"The deployment {deployment.name!r} lacks what {deployment.provider} needs. {entry.missing}",
                param="settings",
            )
        return self._joined(deployment, provider, owned=True)

    def _joined(self, deployment: Deployment, provider: ChatProvider, *, owned: bool) -> Member:
        """The wrappers, inmost first: what is paid for, what is counted, what is tried again, what is looked up."""
        accounts, conditions = self._accounts, self._conditions
        capabilities = self._capabilities(deployment, provider)
        metered = Metered(
            provider,
            replace(deployment, capabilities=capabilities) if deployment.can else deployment,
            prices=accounts.prices,
            budgets=accounts.budgets,
            ledger=accounts.ledger,
            telemetry=accounts.telemetry,
            bills=self._entries[deployment.provider].bills,
        )
        breaker = Breaker(failures=conditions.failures, pause=conditions.pause)
        guard = Guarded(metered, deployment.name, breaker, accounts.telemetry, deployment.max_parallel)
        chain: ChatProvider = Retried(guard)
        if not provider.grounds_itself:
            chain = Grounded(chain, self._knowledge, top_k=conditions.top_k, screening=self._screening)
        free = self._entries[deployment.provider].free and deployment.price is None
        member = Member(deployment, provider, metered, guard, chain, capabilities, free, owned)
        if deployment.capabilities is None and self._entries[deployment.provider].zone == LOCAL:
            self._start(self._learn(member), "ask what a local model can do")
        return member

    def _link(self, member: Member, choice: Choice) -> Link:
        deployment = member.deployment
        return Link(
            name=deployment.name,
            model=deployment.model,
            provider=member.chain,
            patience=deployment.patience,
            capabilities=member.capabilities,
            why=choice.why,
            longer=choice.longer,
            free=member.free,
            quotes=member.provider.grounds_itself,
        )

    def _retire(self, members: Iterable[Member]) -> None:
        for member in members:
            if member.owned or member.embedder is not None:
                self._start(_close_when_idle(member), "close a deployment")

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _capabilities(self, deployment: Deployment, provider: ChatProvider) -> Capabilities:
        known = deployment.capabilities or provider.capabilities(deployment.model)
        known = replace(known, **deployment.can) if deployment.can else known  # type: ignore[arg-type]
        if known.embeddings and self._entries[deployment.provider].embeddings is None:
            return replace(known, embeddings=False)
        return known

    async def _learn(self, member: Member) -> None:
        with suppress(BanyanError):  # it may not run yet; whoever calls it hears about that
            await member.provider.models()
            member.capabilities = self._capabilities(member.deployment, member.provider)
            member.alone = None

    def _unknown(self, model: str) -> NotFound:
        absent = find_route(model, self._missing)
        step = f"{self._missing[absent.provider]} Or use" if absent else "Use"
        named = [*sorted(self._aliases), *sorted(self._members), choices(self.providers)]
        return NotFound(
            f"There is no model {model[:100]!r} here. {step} one of {', '.join(named)}.",
            code="model_not_found",
            param="model",
        )


def _by_name(model: str) -> Choice:
    return Choice(model, "asked for by name")


async def _close_when_idle(member: Member) -> None:
    await member.guard.idle.wait()
    await _close(member)


async def _close(member: Member) -> None:
    if member.embedder is not None:
        await member.embedder.close()
    if member.owned:
        await member.provider.close()
