"""When somebody has to be told, when a course is paused for it, and when that is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from banyan.assistant.domain.policy import Policy
from banyan.kernel.money import Money, in_dollars

CALM = Decimal("0.8")
"""A course has recovered below this part of what raised the alert, so that it does not flutter."""


class AlertKind(StrEnum):
    """health: of a course, by its policy. The others are about a tenant; crisis is about one learner in need."""

    HEALTH = "health"
    SLOW = "slow"
    ERRORS = "errors"
    DOWN = "down"
    COST = "cost"
    UNANSWERED = "unanswered"
    SILENCE = "silence"
    CRISIS = "crisis"


class AlertState(StrEnum):
    """paused: the course rests. probing: it answers again, for a trial."""

    OPEN = "open"
    PAUSED = "paused"
    PROBING = "probing"
    CLOSED = "closed"


class Alert(Struct, frozen=True):
    """One thing that somebody has to know. key: what it is about; there is one at a time that is not closed.

    until: when a pause or a probe ends. message: never what a learner wrote.
    """

    tenant: str
    id: str
    key: str
    kind: AlertKind
    course: str
    message: str
    opened: datetime
    state: AlertState = AlertState.OPEN
    until: datetime | None = None
    closed: datetime | None = None
    reason: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


class Tally(Struct, frozen=True):
    """What became of tries to answer; those that policy or a guardrail refused are not among them.

    latencies: milliseconds, in any order.
    """

    answered: int = 0
    failed: int = 0
    latencies: tuple[int, ...] = ()

    @property
    def sample(self) -> int:
        """How many tries."""
        return self.answered + self.failed


def p95(latencies: Sequence[int]) -> int:
    """The element at index round(0.95 (n - 1)) in ascending order; 0 of none."""
    ordered = sorted(latencies)
    return ordered[round(0.95 * (len(ordered) - 1))] if ordered else 0


def error_rate(tally: Tally) -> Decimal:
    """Per cent with two decimals; 0 of none."""
    if not tally.sample:
        return Decimal(0)
    return round(Decimal(tally.failed * 100) / tally.sample, 2)


def trouble(tally: Tally, error_pct: Decimal, slow_ms: Decimal, least: int) -> str:
    """What reaches a threshold, in words; "" for nothing, or too few tries to tell."""
    if tally.sample < least:
        return ""
    rate, slow = error_rate(tally), p95(tally.latencies)
    found = []
    if rate >= error_pct:
        found.append(f"{rate} % of {tally.sample} answers failed")
    if slow >= slow_ms:
        found.append(f"the slowest twentieth of {tally.sample} answers took {slow} ms or more")
    return " and ".join(found)


class Step(Struct, frozen=True):
    """What changes. alert: as it is from now on, None for none. pause, resume: the course. tell: somebody."""

    alert: Alert | None
    pause: bool = False
    resume: bool = False
    tell: bool = False


def step(now: datetime, policy: Policy, before: Alert | None, since: Tally, born: Alert) -> Step:
    """One look at a course. before: its alert that is not closed. since: the window, or since the probe began.

    born: the alert to open, without its message.
    """
    window = timedelta(minutes=policy.alert_window_min)
    pct, slow, least = Decimal(policy.alert_error_rate_pct), Decimal(policy.alert_p95_ms), policy.alert_min_sample
    words = trouble(since, pct, slow, least)
    if before is None:
        return _opened(born, words, policy, now + window) if words else Step(None)
    if before.state is AlertState.PAUSED:
        if before.until is not None and now < before.until:
            return Step(before)
        return Step(_with(before, state=AlertState.PROBING, until=now + window), resume=True)
    if words and before.state is AlertState.PROBING and policy.auto_pause_on_alert:
        # Each pause after a probe that failed is twice as long as the window, which one bad minute cannot bring about.
        again = _with(before, state=AlertState.PAUSED, until=now + 2 * window, message=_sentence(words))
        return Step(again, pause=True, tell=True)
    if words or trouble(since, pct * CALM, slow * CALM, least):
        return Step(before)
    if before.until is not None and now < before.until:
        return Step(before)
    why = f"Recovered: {since.answered} answers, {error_rate(since)} % failed, {p95(since.latencies)} ms."
    return Step(_with(before, state=AlertState.CLOSED, closed=now, until=None, reason=why), tell=True)


def _opened(born: Alert, words: str, policy: Policy, until: datetime) -> Step:
    state = AlertState.PAUSED if policy.auto_pause_on_alert else AlertState.OPEN
    return Step(
        _with(born, state=state, message=_sentence(words), until=until), pause=policy.auto_pause_on_alert, tell=True
    )


def costs_more(today: Money, days: Sequence[Money]) -> str:
    """Whether the last 24 hours cost a fifth more than the mean of at least three earlier days; "" where not."""
    spent = [day for day in days if day]
    if len(spent) < 3:
        return ""
    mean = Money(sum(spent) // len(spent))
    if today * 5 <= mean * 6:
        return ""
    return f"the last 24 hours cost {in_dollars(today)} dollars, days before {in_dollars(mean)} on average"


def is_silent(now: int, weeks: Sequence[int]) -> bool:
    """Whether nobody asked in an hour that had questions in each of at least three weeks before."""
    return now == 0 and len(weeks) >= 3 and min(weeks) >= 5


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _with(alert: Alert, **changes: object) -> Alert:
    from msgspec.structs import replace

    return replace(alert, **changes)
