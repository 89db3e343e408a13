"""What a call may cost at most, and what it cost where the provider's own figures cannot be."""

import json
from typing import Any

import pytest

from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import money
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.domain.estimates import Output, most_input, most_output
from banyan.proxy.domain.pricing import Price, Tier, Tokens, counted

LIMITED = Capabilities(output_limit=1000)


def bound(**fields: Any) -> Output:
    return most_output(json.dumps(fields).encode(), LIMITED)


def test_an_answer_is_as_long_as_the_request_allows_in_all_its_choices() -> None:
    """Every choice may use the bound; without one, what the model can write; of two bounds, the larger."""
    assert bound(max_tokens=10, n=4) == Output(10, 4, True)
    assert bound(n=3) == Output(1000, 3, False)
    assert bound(n=3).tokens == 3000
    assert bound(max_completion_tokens=1, max_tokens=900) == Output(900, 1, True)
    assert bound(max_tokens=None, n=None) == Output(1000, 1, False)


@pytest.mark.parametrize(
    "fields",
    [{"max_tokens": -1}, {"max_tokens": 0}, {"n": 0}, {"n": "100"}, {"n": 2.5}, {"max_completion_tokens": "many"}],
    ids=str,
)
def test_bounds_that_providers_read_in_different_ways_are_refused(fields: dict[str, Any]) -> None:
    """To some a bound of -1 is none at all, and "100" is a hundred choices: neither can be reserved for."""
    with pytest.raises(InvalidInput):
        bound(**fields)


def test_pictures_are_counted_however_their_name_is_written() -> None:
    """An escape in the name of a part does not make a picture cheaper."""
    plain = b'{"messages":[{"content":[{"type":"x","image_url":{"url":"https://h/p"}}]}]}'
    assert most_input(plain.replace(b"image_url", b"image\\u005furl")) > 50_000
    assert most_input(plain) > 50_000


def test_the_most_that_a_call_can_cost_is_at_the_dearest_rate_that_may_apply() -> None:
    """Writing a provider's cache may cost more than reading the prompt, and a tier for long prompts less."""
    price = Price(money("1"), money("2"), "v", cache_write=money("1.25"), tiers=(Tier(100, money("0.5"), money("1")),))
    for tokens in (Tokens(1000, 10, cache_write=1000), Tokens(90, 10, cache_write=90), Tokens(1000, 10)):
        assert price.of(tokens) <= price.most(1000, 10)
    assert price.most(1000, 10) == 1_270_000


@pytest.mark.parametrize("figures", [(-5, 3), (3, -5), (0, 0), (10**30, 1), (1, 9 * 10**18), (1, 1, -1)], ids=str)
def test_figures_that_cannot_be_are_no_figures(figures: tuple[int, ...]) -> None:
    """Nobody earns money by a provider that counts below 0, and no row is too large for the ledger."""
    assert counted(*figures) is None


def test_the_cached_part_of_a_prompt_is_never_more_than_the_prompt() -> None:
    """What is beyond it is cut."""
    assert counted(10, 1, 100, 100) == Tokens(10, 1, 10, 0)
