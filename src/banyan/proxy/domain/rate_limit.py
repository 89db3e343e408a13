"""How many requests, tokens and calls at a time are let in.

A minute's worth is a bucket that refills evenly (the generic cell rate algorithm): all of it may be used at once, and
what was used comes back at `limit / 60` a second. A bucket is one number, the time at which it will be full again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from banyan.kernel.errors import RateLimited
from banyan.proxy.domain.keys import Limits

MINUTE = 60.0
PARALLEL_RETRY = 1.0
"""Seconds after which another try makes sense where all calls at a time are taken; nobody knows when one ends."""


_Left = tuple[int, int, float]
"""A limit a minute, how much of it is left, and the seconds until all of it is again."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom limits are about. name: unique over all tenants. whom: for people, such as `key` or `tenant`."""

    name: str
    whom: str
    limits: Limits


@dataclass(slots=True)
class Gauge:
    """How full a subject's buckets are: when they will be full again, in seconds; and calls under way."""

    requests_full_at: float = 0.0
    tokens_full_at: float = 0.0
    active: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge as seen from now: seconds until each bucket is full."""

    requests: float
    tokens: float
    active: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which limit of whom said no, and when to try again; seconds."""

    subject: Subject
    what: str
    retry_after: float


def level(gauge: Gauge, now: float) -> Level:
    """The gauge at the time."""
    return Level(max(0.0, gauge.requests_full_at - now), max(0.0, gauge.tokens_full_at - now), gauge.active)


def refusal(subjects: Sequence[Subject], levels: Sequence[Level], tokens: int) -> Refusal | None:
    """The first limit that a call with so many tokens would break; None where all let it in."""
    for subject, found in zip(subjects, levels, strict=True):
        limits = subject.limits
        if limits.parallel is not None and found.active >= limits.parallel:
            return Refusal(subject, "parallel", PARALLEL_RETRY)
        if limits.requests_per_minute is not None:
            late = found.requests + MINUTE / limits.requests_per_minute - MINUTE
            if late > 1e-6:
                return Refusal(subject, "requests", late)
        if limits.tokens_per_minute is not None:
            late = found.tokens + tokens * MINUTE / limits.tokens_per_minute - MINUTE
            if late > 1e-6:
                return Refusal(subject, "tokens", late)
    return None


def take(gauge: Gauge, limits: Limits, tokens: int, now: float) -> None:
    """The call is in."""
    if limits.requests_per_minute is not None:
        gauge.requests_full_at = max(gauge.requests_full_at, now) + MINUTE / limits.requests_per_minute
    if limits.tokens_per_minute is not None:
        gauge.tokens_full_at = max(gauge.tokens_full_at, now) + tokens * MINUTE / limits.tokens_per_minute
    gauge.active += 1


def give(gauge: Gauge, limits: Limits, more: int) -> None:
    """The call has ended. more: tokens beyond the estimate; below 0 where it used fewer."""
    if limits.tokens_per_minute is not None:
        gauge.tokens_full_at += more * MINUTE / limits.tokens_per_minute
    gauge.active = max(0, gauge.active - 1)


def headers(subjects: Sequence[Subject], levels: Sequence[Level], tokens: int) -> dict[str, str]:
    """As OpenAI names them, after a call with so many tokens was let in; of the subject with the least left."""
    requests: _Left | None = None
    of_tokens: _Left | None = None
    for subject, found in zip(subjects, levels, strict=True):
        limits = subject.limits
        if limits.requests_per_minute is not None:
            requests = _tighter(requests, limits.requests_per_minute, found.requests, 1)
        if limits.tokens_per_minute is not None:
            of_tokens = _tighter(of_tokens, limits.tokens_per_minute, found.tokens, tokens)
    told: dict[str, str] = {}
    if requests is not None:
        told["x-ratelimit-limit-requests"] = str(requests[0])
        told["x-ratelimit-remaining-requests"] = str(requests[1])
        told["x-ratelimit-reset-requests"] = span(requests[2])
    if of_tokens is not None:
        told["x-ratelimit-limit-tokens"] = str(of_tokens[0])
        told["x-ratelimit-remaining-tokens"] = str(of_tokens[1])
        told["x-ratelimit-reset-tokens"] = span(of_tokens[2])
    return told


def _tighter(known: _Left | None, limit: int, filling: float, used: int) -> _Left:
    filling += used * MINUTE / limit
    left = int((MINUTE - filling) * limit / MINUTE + 1e-6)
    if left < 0:
        left = 0
    return (limit, left, filling) if known is None or left < known[1] else known


def span(seconds: float) -> str:
    """A time as OpenAI writes it: `1m30s`, `6s`, `120ms`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"


def refused(found: Refusal, tokens: int) -> RateLimited:
    """What the caller is told."""
    limits, whom = found.subject.limits, found.subject.whom
    if found.what == "parallel":
        sentence = f"This {whom} has {limits.parallel} calls under way, which is its limit; wait until one has ended."
        return RateLimited(sentence, code="parallel_limit", retry_after=found.retry_after)
    if found.what == "requests":
        sentence = f"This {whom} may send {limits.requests_per_minute} requests a minute; wait, then try again."
        return RateLimited(sentence, code="request_limit", retry_after=found.retry_after)
    if limits.tokens_per_minute is not None and tokens > limits.tokens_per_minute:
        sentence = f"This call may use {tokens} tokens, and this {whom} {limits.tokens_per_minute} a minute"
        return RateLimited(f"{sentence}; shorten it, or send a lower max_tokens.", code="token_limit")
    sentence = f"This {whom} may use {limits.tokens_per_minute} tokens a minute; wait, then try again."
    return RateLimited(sentence, code="token_limit", retry_after=found.retry_after)
