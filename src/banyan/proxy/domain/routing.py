"""Which deployments an alias asks, in which order, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from banyan.proxy.domain.deployments import Alias, Capabilities, Deployment, Strategy, Target
from banyan.proxy.domain.failures import Failure
from banyan.proxy.domain.pricing import Tokens

MILLION_EACH = Tokens(input=1_000_000, output=1_000_000)
EXPLORED = 0.05
"""Of the calls of an alias by latency, the part that asks another one than the fastest, so that the figures of the
others are not those of a bad moment long ago."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call needs of a deployment. needs: of `tools`, `json_schema`, `vision`, `stream`, `embeddings`.

    zone: None for any.
    tokens: what it will probably use, for comparing costs.
    """

    task: str = "chat"
    zone: str | None = None
    needs: frozenset[str] = frozenset()
    tokens: Tokens = MILLION_EACH


@dataclass(frozen=True, slots=True)
class Load:
    """How a deployment does right now.

    cost: nano-dollars for the tokens that the call will probably use; None where no price is known.
    latency: seconds until the first byte, as lately seen; None where nobody has asked it yet. busy: calls under way.
    """

    deployment: Deployment
    capabilities: Capabilities
    cost: int | None = None
    latency: float | None = None
    busy: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One deployment of a plan. why: for people."""

    deployment: str
    why: str
    longer: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """choices: in the order in which they are asked. passed_over: deployments that are not asked, and why not."""

    choices: tuple[Choice, ...]
    passed_over: tuple[Choice, ...] = ()


def plan(alias: Alias, wish: Wish, loads: Mapping[str, Load], chance: Callable[[], float]) -> Plan:
    """The order for one call. chance: numbers from 0 to 1, for weights."""
    fit: list[Target] = []
    passed_over: list[Choice] = []
    for target in alias.targets:
        fault = _unfit(target, wish, loads)
        if fault is None:
            fit.append(target)
        else:
            passed_over.append(Choice(target.deployment, fault))
    usual = _ordered(alias.strategy, [one for one in fit if one.weight and not one.longer], loads, chance)
    explored = alias.strategy is Strategy.LOWEST_LATENCY and len(usual) > 1 and chance() < EXPLORED
    if explored:
        usual.insert(0, usual.pop(1 + int(chance() * (len(usual) - 1)) % (len(usual) - 1)))
    in_reserve = [one for one in fit if not one.weight and not one.longer]
    ordered = [*usual, *in_reserve, *(target for target in fit if target.longer)]
    shared = sum(target.weight for target in usual)
    choices = tuple(
        Choice(
            target.deployment,
            _EXPLORING if explored and not place else _why(alias, target, place, loads, shared),
            target.longer,
        )
        for place, target in enumerate(ordered)
    )
    return Plan(choices, tuple(passed_over))


def may_follow(failure: Failure, alias: Alias | None) -> bool:
    """Whether anybody else is asked after such a failure."""
    if failure is Failure.CONTENT_FILTER:
        return alias is not None and alias.route_around_content_filter
    return failure is not Failure.CALLER


def _ordered(
    strategy: Strategy, targets: Sequence[Target], loads: Mapping[str, Load], chance: Callable[[], float]
) -> list[Target]:
    match strategy:
        case Strategy.ORDERED:
            return list(targets)
        case Strategy.WEIGHTED:
            # The exponential race: sorted by these, a target comes first as often as its weight says.
            return sorted(targets, key=lambda target: _race(target.weight, chance()))
        case Strategy.LEAST_COST:
            return sorted(targets, key=lambda target: _or_last(loads[target.deployment].cost))
        case Strategy.LOWEST_LATENCY:
            # Whoever was never asked goes first, or nobody would ever learn how fast it is.
            return sorted(targets, key=lambda target: loads[target.deployment].latency or 0.0)
        case Strategy.LEAST_BUSY:
            return sorted(targets, key=lambda target: loads[target.deployment].busy / target.weight)


def _race(weight: int, chance: float) -> float:
    return -log(max(chance, 1e-12)) / weight


def _or_last(cost: int | None) -> tuple[bool, int]:
    return cost is None, cost or 0


def _unfit(target: Target, wish: Wish, loads: Mapping[str, Load]) -> str | None:
    load = loads.get(target.deployment)
    if load is None:
        return "no such deployment is set up"
    if target.tasks and wish.task not in target.tasks:
        return f"only for {', '.join(sorted(target.tasks))}"
    if wish.zone is not None and load.deployment.zone != wish.zone:
        return f"data zone {load.deployment.zone} instead of {wish.zone}"
    needs = wish.needs if "embeddings" in wish.needs else wish.needs | {"chat"}
    lacking = [need for need in sorted(needs) if not getattr(load.capabilities, need)]
    return f"cannot do {', '.join(lacking)}" if lacking else None


_EXPLORING = "asked now and then, to know how fast it is"


def _why(alias: Alias, target: Target, place: int, loads: Mapping[str, Load], shared: int) -> str:
    load = loads[target.deployment]
    if target.longer:
        return "for prompts that were too long"
    if place:
        return f"fallback {place}"
    match alias.strategy:
        case Strategy.ORDERED:
            return "first choice"
        case Strategy.WEIGHTED:
            return f"weight {target.weight} of {shared}" if target.weight else "weight 0, and nobody else fits"
        case Strategy.LEAST_COST:
            return "least cost" if load.cost is not None else "first choice, no price is known"
        case Strategy.LOWEST_LATENCY:
            return "lowest latency" if load.latency is not None else "not yet measured"
        case Strategy.LEAST_BUSY:
            return f"least busy, {load.busy} under way"
