"""When an alert is raised, what it does, and when it ends."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from banyan.assistant.domain.alerts import (
    Alert,
    AlertKind,
    AlertState,
    Tally,
    costs_more,
    error_rate,
    is_silent,
    p95,
    step,
)
from banyan.assistant.domain.policy import Policy
from banyan.kernel.money import Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BORN = Alert("t", "a", "health:c", AlertKind.HEALTH, "c", "", NOW)
WELL = Tally(20, 0, (100,) * 20)
BAD = Tally(8, 2, (100,) * 10)
NONE = Tally()


@pytest.mark.parametrize(("count", "at"), [(1, 0), (2, 1), (3, 2), (5, 4), (10, 9), (20, 18), (100, 94)])
def test_p95_is_the_nearest_rank(count: int, at: int) -> None:
    """The element at index round(0.95 (n - 1)), whatever the order."""
    assert p95(range(count - 1, -1, -1)) == at
    assert p95(()) == 0


@pytest.mark.parametrize(
    ("answered", "failed", "rate"), [(2, 1, "33.33"), (8, 2, "20.00"), (0, 1, "100.00"), (0, 0, "0")]
)
def test_the_error_rate_has_two_decimals(answered: int, failed: int, rate: str) -> None:
    """Failed tries of all tries, in per cent."""
    assert error_rate(Tally(answered, failed)) == Decimal(rate)


@pytest.mark.parametrize(
    ("tally", "trips"),
    [
        (BAD, True),
        (Tally(801, 199, (100,) * 1000), False),
        (Tally(8, 1, (100,) * 9), False),
        (Tally(10, 0, (100,) * 9 + (4000,)), True),
        (Tally(10, 0, (3999,) * 10), False),
        (Tally(0, 9, (9000,) * 9), False),
    ],
)
def test_thresholds_are_reached_from_the_least_sample_on(tally: Tally, trips: bool) -> None:
    """20 % or 4,000 ms, equality included, of 10 answers or more; nine are too few to tell."""
    found = step(NOW, Policy(), None, tally, BORN)
    assert (found.pause, found.tell) == (trips, trips)


def test_a_course_without_auto_pause_is_only_told_of() -> None:
    """The alert is open, the course answers on."""
    found = step(NOW, Policy(auto_pause_on_alert=False), None, BAD, BORN)
    assert (found.pause, found.tell, found.alert and found.alert.state) == (False, True, AlertState.OPEN)


def test_a_pause_ends_in_a_probe_that_recovers_by_itself() -> None:
    """Paused for a window, then answering for a trial, then over with its reason; in between nothing is told."""
    policy, window = Policy(), timedelta(minutes=5)
    paused = step(NOW, policy, None, BAD, BORN).alert
    assert paused is not None
    assert (paused.state, paused.until) == (AlertState.PAUSED, NOW + window)
    early = step(NOW + window - timedelta(seconds=1), policy, paused, NONE, BORN)
    assert (early.alert, early.resume) == (paused, False)
    probe = step(NOW + window, policy, paused, NONE, BORN)
    assert probe.alert is not None
    assert (probe.alert.state, probe.resume, probe.tell) == (AlertState.PROBING, True, False)
    over = step(NOW + 2 * window, policy, probe.alert, WELL, BORN)
    assert over.alert is not None
    assert (over.alert.state, over.tell, over.alert.closed) == (AlertState.CLOSED, True, NOW + 2 * window)
    assert over.alert.reason == "Recovered: 20 answers, 0.00 % failed, 100 ms."


def test_a_probe_that_fails_pauses_again_for_longer() -> None:
    """Twice the window."""
    probing = structs.replace(BORN, state=AlertState.PROBING, until=NOW + timedelta(minutes=5))
    found = step(NOW, Policy(), probing, BAD, BORN)
    assert found.alert is not None
    assert (found.alert.state, found.pause, found.alert.until) == (
        AlertState.PAUSED,
        True,
        NOW + timedelta(minutes=10),
    )


def test_an_alert_does_not_flutter_below_its_threshold() -> None:
    """At 18 % it neither begins nor ends; it ends below 16 %."""
    almost, calm = Tally(82, 18, (1,) * 100), Tally(85, 15, (1,) * 100)
    open_one = structs.replace(BORN, state=AlertState.OPEN)
    assert step(NOW, Policy(), None, almost, BORN).alert is None
    assert step(NOW, Policy(), open_one, almost, BORN).alert == open_one
    closed = step(NOW, Policy(), open_one, calm, BORN).alert
    assert closed is not None
    assert closed.state is AlertState.CLOSED


def test_cost_is_compared_with_its_own_days() -> None:
    """More than a fifth above the mean of three days or more; a fifth is not more."""
    days = [Money(100)] * 7
    assert costs_more(Money(121), days) != ""
    assert costs_more(Money(120), days) == ""
    assert costs_more(Money(900), [Money(100), Money(100)]) == ""


def test_silence_is_where_there_always_is_somebody() -> None:
    """Three weeks with five questions in that hour or more, and none now."""
    assert is_silent(0, [5, 9, 7])
    assert not is_silent(1, [5, 9, 7])
    assert not is_silent(0, [5, 9])
    assert not is_silent(0, [5, 9, 4])
