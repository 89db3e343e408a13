"""What is left of a learner's allowance."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from banyan.assistant.domain.notices import NoticeCode
from banyan.assistant.domain.policy import Policy
from banyan.assistant.domain.quotas import EXTRACTIVE, Allowance, Charge, Exhausted, allowance, comes_back, exhausted
from banyan.kernel.money import Money, money

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def charges(number: int, price: str = "0") -> list[Charge]:
    """One a minute from noon on."""
    return [Charge(NOON + timedelta(minutes=minute), money(price)) for minute in range(number)]


def test_a_cap_of_three_messages_refuses_the_fourth() -> None:
    """Blocked when as many have been asked as are allowed; free again when the oldest is 24 hours old."""
    allowed = Allowance(messages=3)
    assert exhausted(allowed, charges(2)) is None
    assert exhausted(allowed, charges(3)) == Exhausted(NoticeCode.MESSAGE_CAP, NOON + DAY)


def test_zero_is_no_cap() -> None:
    """However much was asked, and whatever it cost."""
    assert exhausted(Allowance(price=money("0.10")), charges(10_000, "0.10")) is None
    assert exhausted(Allowance(cost=money("0.30")), charges(10_000, "0.10")) is None


@pytest.mark.parametrize(("price", "cap", "answers"), [("0.10", "0.30", 3), ("0.05", "0.20", 4), ("0.07", "0.20", 2)])
def test_an_answer_that_just_fits_the_cost_cap_is_given(price: str, cap: str, answers: int) -> None:
    """Decimals are exact: three times 0.10 is 0.30, and the next is one too many."""
    allowed = Allowance(price=money(price), cost=money(cap))
    assert exhausted(allowed, charges(answers - 1, price)) is None
    assert exhausted(allowed, charges(answers, price)) == Exhausted(NoticeCode.COST_CAP, NOON + DAY)


def test_a_lowered_cap_frees_a_place_only_when_enough_has_become_old() -> None:
    """Five are used of two: the fourth oldest has to go."""
    later = NOON + timedelta(minutes=3) + DAY
    assert exhausted(Allowance(messages=2), charges(5)) == Exhausted(NoticeCode.MESSAGE_CAP, later)


def test_a_price_above_the_cap_never_fits() -> None:
    """Then nobody is told to wait."""
    allowed = Allowance(price=money("0.50"), cost=money("0.30"))
    assert exhausted(allowed, ()) == Exhausted(NoticeCode.COST_CAP, None)


def test_what_was_used_comes_back_with_its_oldest_question() -> None:
    """Nothing comes back to who has asked nothing."""
    assert comes_back(Allowance(messages=9), charges(2)) == NOON + DAY
    assert comes_back(Allowance(messages=9), ()) is None


def test_answers_that_only_quote_have_no_price() -> None:
    """The caps are those of the policy, to the nano-dollar."""
    policy = Policy(
        max_messages_per_user_per_day=3, cost_per_message=Decimal("0.1"), cost_cap_per_user_per_day=Decimal("0.3")
    )
    assert allowance(policy, "openai/gpt-4o") == Allowance(3, Money(100_000_000), Money(300_000_000))
    assert allowance(policy, EXTRACTIVE) == Allowance(3, Money(0), Money(300_000_000))
