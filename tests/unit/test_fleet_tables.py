"""Deployments and aliases as operators write them: what is read, what is refused, and what is never shown."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from banyan.adapters.providers import PROVIDERS
from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import money
from banyan.proxy.domain.deployments import Alias, Deployment, Patience, Strategy, Target
from banyan.proxy.domain.pricing import Price
from banyan.proxy.usecases.fleet_tables import MASK, masked, read_alias, read_deployment, unmasked

ENTRIES = {PROVIDERS[name].name: PROVIDERS[name] for name in PROVIDERS}


def read(table: dict[str, Any]) -> Deployment:
    return read_deployment("east", table, ENTRIES, Patience())


def test_a_whole_deployment_is_read() -> None:
    """Every key has its place; what the provider takes goes into its settings as text."""
    assert read(
        {
            "model": "openai/org/gpt-4o",
            "base_url": "http://127.0.0.1:9/v1",
            "api_key": "env:EAST_KEY",
            "zone": "local",
            "price": {"input": 2.5, "output": 10, "cached_input": 1.25},
            "capabilities": {"vision": False, "context_window": 8192},
            "patience": {"first_byte": 3},
            "max_parallel": 4,
        }
    ) == Deployment(
        "east",
        "openai",
        "org/gpt-4o",
        {"base_url": "http://127.0.0.1:9/v1", "api_key": "env:EAST_KEY"},
        "local",
        Price(money("2.5"), money(10), "own", money("1.25")),
        patience=Patience(first_byte=3.0),
        max_parallel=4,
        can={"vision": False, "context_window": 8192},
    )


def test_provider_and_model_may_stand_apart_and_zones_come_from_the_provider() -> None:
    """What runs here is in the zone local by itself."""
    assert read({"provider": "ollama", "model": "llama3.2"}).zone == "local"
    assert (read({"model": "banyan/echo"}).provider, read({"provider": "openai", "model": "a/b"}).model) == (
        "banyan/echo",
        "a/b",
    )


def test_an_alias_is_read() -> None:
    """A target is a name, or a table with weight, tasks and whether it is for long prompts."""
    table = {
        "strategy": "weighted",
        "targets": ["a", {"deployment": "b", "weight": 2, "tasks": ["quiz"], "longer": True}],
        "route_around_content_filter": True,
    }
    targets = (Target("a"), Target("b", 2, frozenset({"quiz"}), longer=True))
    assert read_alias("m", table) == Alias("m", targets, Strategy.WEIGHTED, route_around_content_filter=True)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "needs a model"),
        ({"model": "opnai/x"}, "did you mean 'openai'?"),
        ({"model": "gpt-4o"}, "needs a model, as `model = "),
        ({"model": "openai/x", "base_ulr": "http://h"}, "sets 'base_ulr', which it does not take; did you mean 'base_"),
        ({"model": "banyan/echo", "api_key": "k"}, "sets 'api_key'"),
        ({"model": "openai/x", "price": {"input": 1}}, "needs `input` and `output`"),
        ({"model": "openai/x", "price": {"input": -1, "output": 1}}, "no amount between 0"),
        ({"model": "openai/x", "price": {"inptu": 1}}, "did you mean 'input'?"),
        ({"model": "openai/x", "patience": {"frist_byte": 1}}, "did you mean 'first_byte'?"),
        ({"model": "openai/x", "patience": {"idle": float("nan")}}, "no number of seconds"),
        ({"model": "openai/x", "capabilities": {"tools": "yes"}}, "neither true nor false"),
        ({"model": "openai/x", "max_parallel": 0}, "no whole number"),
        ({"model": "openai/x", "zone": "Not A Zone"}, "one word"),
    ],
)
def test_a_wrong_deployment_says_what_is_wrong(table: dict[str, Any], words: str) -> None:
    """The message names the key and, where it is misspelt, the nearest one."""
    with pytest.raises(InvalidInput) as caught:
        read(table)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"targets": []}, "needs `targets`"),
        ({"targets": ["a"], "strategy": "wieghted"}, "did you mean 'weighted'?"),
        ({"targets": [{"deployment": "a", "wieght": 1}]}, "did you mean 'weight'?"),
        ({"targets": [{"deployment": "a", "weight": -1}]}, "no whole number from 0"),
        ({"targets": [3]}, "targets[0] is neither a name nor a table"),
    ],
)
def test_a_wrong_alias_says_what_is_wrong(table: dict[str, Any], words: str) -> None:
    """As for deployments."""
    with pytest.raises(InvalidInput) as caught:
        read_alias("m", table)
    assert words in caught.value.message


def test_secrets_are_covered_and_what_names_them_is_not() -> None:
    """`env:NAME` is no secret; a literal key is."""
    assert masked({"model": "openai/x", "api_key": "sk-1"}) == {"model": "openai/x", "api_key": MASK}
    assert masked({"api_key": "env:OPENAI_API_KEY"}) == {"api_key": "env:OPENAI_API_KEY"}


def test_a_covered_secret_stands_for_the_stored_one_at_the_same_address_only() -> None:
    """Whoever points a deployment elsewhere has to know its key."""
    stored = {"model": "openai/x", "base_url": "https://good.example/v1", "api_key": "sk-1"}
    assert unmasked({**stored, "model": "openai/y", "api_key": MASK}, stored)["api_key"] == "sk-1"
    for moved in ({**stored, "base_url": "https://evil.example/v1"}, {"model": "openai/x"}):
        with pytest.raises(InvalidInput):
            unmasked({**moved, "api_key": MASK}, stored)
    with pytest.raises(InvalidInput):
        unmasked({"api_key": MASK}, None)


def test_the_example_of_the_page_is_read() -> None:
    """What operators copy works."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "route-models.md"
    example = re.search(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert example
    tables = tomllib.loads(example[1])
    assert [
        read_deployment(name, table, ENTRIES, Patience()).zone for name, table in tables["deployments"].items()
    ] == [
        "eu",
        "local",
    ]
    quizzes = read_alias("quizzes", tables["aliases"]["quizzes"])
    assert [target.weight for target in quizzes.targets] == [3, 1, 0, 1]
