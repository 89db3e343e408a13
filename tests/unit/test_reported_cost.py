"""What providers say that they charged, in the shapes that they say it in."""

import pytest

from banyan.kernel.money import Money, money
from banyan.proxy.domain.alarms import AlarmKind, charge_alarm
from banyan.proxy.domain.reported_cost import reported_cost
from banyan.proxy.domain.usage import Charged


@pytest.mark.parametrize(
    ("cost", "found"),
    [
        (b"0.00014", "0.00014"),
        (b"0", "0"),
        (b"1e-9", "0.000000001"),
        (b"1.5e-10", "0.000000001"),
        (b'"0.25"', "0.25"),
        (b'{"input_tokens_cost": 0.1, "total_cost": 0.006}', "0.006"),
    ],
)
def test_a_cost_is_a_number_or_the_total_of_an_object(cost: bytes, found: str) -> None:
    """Exactly, and rounded up below a nano-dollar."""
    assert reported_cost(cost, b"", own_key=False) == money(found)


@pytest.mark.parametrize(
    "cost", [b"", b"null", b"true", b"-1", b'"free"', b"{}", b"[1]", b"1e300", b'"NaN"', b'{"total_cost": "?"}', b"{"]
)
def test_what_is_no_amount_is_no_report(cost: bytes) -> None:
    """Nothing is guessed."""
    assert reported_cost(cost, b"", own_key=False) is None


def test_with_a_key_of_ones_own_the_fee_and_the_model_are_paid() -> None:
    """OpenRouter then says its own part, and in the details what the model's maker charges."""
    details = b'{"upstream_inference_cost": 0.02}'
    assert reported_cost(b"0.001", details, own_key=True) == money("0.021")
    assert reported_cost(b"0.001", details, own_key=False) == money("0.001")
    assert reported_cost(b"0.001", b'{"upstream_inference_cost": null}', own_key=True) == money("0.001")


@pytest.mark.parametrize(
    ("calls", "reported", "listed", "alarms"),
    [
        (5, 111, 100, True),
        (5, 100, 111, True),
        (5, 110, 100, False),
        (4, 200, 100, False),
        (9, 1, 0, True),
        (9, 0, 0, False),
    ],
)
def test_a_difference_beyond_the_tolerance_is_an_alarm_from_five_calls_on(
    calls: int, reported: int, listed: int, alarms: bool
) -> None:
    """Either way, also against a price of nothing; a tenth is let pass here."""
    alarm = charge_alarm(Charged("router", calls, Money(reported), Money(listed)), 0.1)
    assert (alarm is not None and alarm.kind is AlarmKind.CHARGE_DRIFT) is alarms
