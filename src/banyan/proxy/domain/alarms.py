"""What an operator should act on before it hurts: prices that no longer hold, models that are going away."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from banyan.kernel.money import dollars
from banyan.proxy.domain.usage import Charged

RETIREMENT_NOTICE = timedelta(days=90)
"""How long before its last day a model is an alarm."""

CHARGES_LOOKED_AT = timedelta(days=1)
"""How far back what providers charged is compared, so that the alarm ends within a day of its cause."""
LEAST_CALLS = 5
"""Calls with one deployment before a difference says anything; a single one may have used what no list prices."""


class AlarmKind(StrEnum):
    """What is the matter."""

    PRICE_DRIFT = "price_drift"
    CHARGE_DRIFT = "charge_drift"
    UNPRICED = "unpriced"
    DEPRECATED = "deprecated"
    RETIRING = "retiring"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Alarm:
    """subject: the deployment or model. message: one sentence with the next step. source: where the fact is from."""

    kind: AlarmKind
    subject: str
    message: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Retirement:
    """The last day of a model, and the page that says so."""

    model: str
    day: date
    source: str


def charge_alarm(charged: Charged, tolerance: float) -> Alarm | None:
    """None where the two sides differ by no more than that part of the smaller one, or after too few calls."""
    low, high = sorted((charged.reported, charged.listed))
    if charged.calls < LEAST_CALLS or high - low <= low * tolerance:
        return None
    words = (
        f"{charged.deployment} says that it charged ${dollars(charged.reported):f} for {charged.calls} calls of the "
        f"last day, and its price makes that ${dollars(charged.listed):f}; correct the price under "
        f"[prices.{charged.deployment!r}] in banyan.toml, or ask the provider."
    )
    return Alarm(AlarmKind.CHARGE_DRIFT, charged.deployment, words, "the provider's answers")


def retirement_alarm(subject: str, end: Retirement, today: date) -> Alarm | None:
    """None while the day is far."""
    if today >= end.day:
        words = f"{end.model} was retired on {end.day}; choose another model for {subject}."
        return Alarm(AlarmKind.RETIRED, subject, words, end.source)
    if end.day - today <= RETIREMENT_NOTICE:
        words = f"{end.model} retires on {end.day}; choose another model for {subject} before that day."
        return Alarm(AlarmKind.RETIRING, subject, words, end.source)
    return None
