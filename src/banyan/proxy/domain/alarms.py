"""What an operator should act on before it hurts: prices that no longer hold, models that are going away."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

RETIREMENT_NOTICE = timedelta(days=90)
"""How long before its last day a model is an alarm."""


class AlarmKind(StrEnum):
    """What is the matter."""

    PRICE_DRIFT = "price_drift"
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


def retirement_alarm(subject: str, end: Retirement, today: date) -> Alarm | None:
    """None while the day is far."""
    if today >= end.day:
        words = f"{end.model} was retired on {end.day}; choose another model for {subject}."
        return Alarm(AlarmKind.RETIRED, subject, words, end.source)
    if end.day - today <= RETIREMENT_NOTICE:
        words = f"{end.model} retires on {end.day}; choose another model for {subject} before that day."
        return Alarm(AlarmKind.RETIRING, subject, words, end.source)
    return None
