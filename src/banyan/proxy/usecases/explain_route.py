"""Says before any call who would be asked, in which order and why, and how each of them does."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from banyan.kernel.errors import NotAllowed
from banyan.proxy.domain.deployments import Strategy
from banyan.proxy.domain.pricing import Price
from banyan.proxy.domain.routing import Choice, Wish
from banyan.proxy.usecases.fleet import TUTOR, Fleet

Zones = Callable[[str, str], str | None]
"""Tenant and course to the only data zone for it."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a deployment does in this process. waits: seconds until it may be asked. latency: seconds, None: unknown."""

    deployment: str
    breaker: str
    waits: float
    rests: float
    busy: int
    latency: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One deployment of the order. price: None where nobody knows it."""

    deployment: str
    why: str
    longer: bool
    model: str
    zone: str
    price: Price | None
    health: Health


@dataclass(frozen=True, slots=True)
class Explanation:
    """strategy: None where the model is no alias. refusal: why nobody would be asked, "" where somebody is."""

    model: str
    strategy: Strategy | None
    zone: str | None
    steps: tuple[Step, ...]
    passed_over: tuple[Choice, ...]
    refusal: str = ""


class ExplainRoute:
    """zones: of courses."""

    def __init__(self, fleet: Fleet, zones: Zones) -> None:
        self._fleet = fleet
        self._zones = zones

    def explain(self, tenant: str, model: str, wish: Wish, course: str | None = None) -> Explanation:
        """Raises: NotFound for a name that nobody has."""
        bound = None if course is None else self._zones(tenant, course)
        zone = bound or wish.zone
        alias = self._fleet.aliases.get(model)
        strategy = None if alias is None else alias.strategy
        if bound is not None and wish.zone not in (None, bound):
            refusal = f"The course keeps its data in the zone {bound!r}; leave out the zone {wish.zone!r}."
            return Explanation(model, strategy, zone, (), (), refusal)
        wish = Wish(wish.task, zone, wish.needs, wish.tokens)
        try:
            found = self._fleet.explain(model, wish)
        except NotAllowed as error:
            return Explanation(model, strategy, zone, (), self._fleet.passed_over(model, wish), error.message)
        choices = list(found.choices)
        prose = not wish.needs & {"tools", "json_schema", "embeddings"}
        tutored = course is not None and prose and self._fleet.ends_with_tutor
        if tutored and all(choice.deployment != TUTOR for choice in choices):
            choices.append(Choice(TUTOR, "when nobody else can"))
        return Explanation(model, strategy, zone, tuple(map(self._step, choices)), found.passed_over)

    def health(self) -> list[Health]:
        """Of every deployment that is set up or was asked lately, by name."""
        return [self._health(name) for name in sorted(self._fleet.members)]

    def reset(self, name: str) -> Health:
        """Closes the breaker of a deployment, in this process. Raises: NotFound."""
        self._fleet.member(name).guard.breaker.close()
        return self._health(name)

    def _step(self, choice: Choice) -> Step:
        member = self._fleet.member(choice.deployment)
        deployment = member.deployment
        model = f"{deployment.provider}/{deployment.model}"
        return Step(
            choice.deployment,
            choice.why,
            choice.longer,
            deployment.provider if deployment.provider == deployment.model else model,
            deployment.zone,
            self._fleet.price(deployment),
            self._health(choice.deployment),
        )

    def _health(self, name: str) -> Health:
        guard, now = self._fleet.member(name).guard, time.monotonic()
        breaker = guard.breaker
        return Health(name, breaker.state(now).value, breaker.waits(now), breaker.rests(now), guard.busy, guard.latency)
