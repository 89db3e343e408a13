"""Which deployment is asked first follows from the strategy, the weights, and what the call needs."""

import random
from collections import Counter
from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from banyan.proxy.domain.deployments import Alias, Capabilities, Deployment, Strategy, Target
from banyan.proxy.domain.routing import EXPLORED, Choice, Load, Plan, Wish, plan

CALLS = 3000


def loads(**more: dict) -> dict[str, Load]:
    """Deployments by name, with what is given of their load."""
    return {name: Load(Deployment(name, "openai", name), Capabilities(), **load) for name, load in more.items()}


def alias(strategy: Strategy, *targets: Target | str) -> Alias:
    return Alias("m", tuple(one if isinstance(one, Target) else Target(one) for one in targets), strategy)


def order(found: Plan) -> list[str]:
    return [choice.deployment for choice in found.choices]


@settings(max_examples=30, deadline=None)
@given(some.lists(some.integers(0, 9), min_size=1, max_size=5), some.integers(0, 2**32))
def test_a_weighted_target_comes_first_as_often_as_its_weight_says(weights: list[int], seed: int) -> None:
    """The share of every target is its part of the sum of weights, within five standard deviations."""
    chance = random.Random(seed).random
    names = [f"d{place}" for place in range(len(weights))]
    chosen = alias(Strategy.WEIGHTED, *(Target(name, weight) for name, weight in zip(names, weights, strict=True)))
    there = loads(**{name: {} for name in names})
    firsts = Counter(order(plan(chosen, Wish(), there, chance))[0] for _ in range(CALLS))
    whole = sum(weights)
    if not whole:
        assert firsts == {"d0": CALLS}
        return
    for name, weight in zip(names, weights, strict=True):
        share = weight / whole
        spread = 5 * (CALLS * share * (1 - share)) ** 0.5
        assert abs(firsts[name] - CALLS * share) <= spread


@settings(max_examples=30, deadline=None)
@given(some.sampled_from(list(Strategy)), some.lists(some.integers(0, 3), min_size=1, max_size=5), some.integers(0, 99))
def test_everybody_who_fits_is_asked_once_and_weight_0_last(strategy: Strategy, weights: list[int], seed: int) -> None:
    """Whatever the strategy, no target is lost or asked twice, and those of weight 0 stand behind all others."""
    names = [f"d{place}" for place in range(len(weights))]
    targets = [Target(name, weight) for name, weight in zip(names, weights, strict=True)]
    found = order(plan(alias(strategy, *targets), Wish(), loads(**{n: {} for n in names}), random.Random(seed).random))
    assert sorted(found) == names
    assert [weights[names.index(name)] == 0 for name in found] == sorted(weight == 0 for weight in weights)


def test_the_least_busy_is_asked_in_proportion_to_its_weight() -> None:
    """Four calls on a machine of weight four count as one on a machine of weight one."""
    there = loads(big={"busy": 6}, small={"busy": 2})
    found = plan(alias(Strategy.LEAST_BUSY, "small", Target("big", 4)), Wish(), there, repeat(0.5).__next__)
    assert found.choices == (Choice("big", "least busy, 6 under way"), Choice("small", "fallback 1"))


def test_the_fastest_is_asked_and_the_others_now_and_then() -> None:
    """About one call in twenty goes to another one, so that nobody's figure stays that of a bad moment."""
    there = loads(slow={"latency": 2.0}, fast={"latency": 0.1}, middling={"latency": 0.5})
    chosen = alias(Strategy.LOWEST_LATENCY, "slow", "fast", "middling")
    chance = random.Random(7).random
    firsts = Counter(order(plan(chosen, Wish(), there, chance))[0] for _ in range(CALLS))
    assert firsts["fast"] == pytest.approx(CALLS * (1 - EXPLORED), rel=0.02)
    assert firsts["slow"] == pytest.approx(firsts["middling"], rel=0.4)
    assert firsts["slow"] > 0


def test_nobody_is_explored_who_is_a_fallback_only() -> None:
    """Weight 0 is never asked first while another one fits, not even to learn how fast it is."""
    there = loads(one={"latency": 1.0}, spare={"latency": 0.1})
    chosen = alias(Strategy.LOWEST_LATENCY, "one", Target("spare", 0))
    assert {order(plan(chosen, Wish(), there, random.Random(n).random))[0] for n in range(200)} == {"one"}


def test_whoever_is_passed_over_is_named_with_the_reason() -> None:
    """Task, data zone and abilities each say why."""
    there = loads(quizzes={}, blind={}, here={})
    here = Deployment("here", "openai", "here", zone="local")
    there["here"] = Load(here, Capabilities(vision=True))
    chosen = alias(
        Strategy.ORDERED, Target("quizzes", tasks=frozenset({"quiz"})), "blind", "here", Target("gone", longer=True)
    )
    assert plan(chosen, Wish(zone="local", needs=frozenset({"vision"})), there, random.random) == Plan(
        (Choice("here", "first choice"),),
        (
            Choice("quizzes", "only for quiz"),
            Choice("blind", "data zone external instead of local"),
            Choice("gone", "no such deployment is set up"),
        ),
    )
