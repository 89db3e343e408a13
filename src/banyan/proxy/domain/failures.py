"""What a failed try says about who is at fault, and so what may be tried next."""

from enum import StrEnum

from banyan.kernel.errors import (
    BanyanError,
    DeadlineExceeded,
    InvalidInput,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    UpstreamFailed,
)

CIRCUIT_OPEN = "circuit_open"
PRICE_UNKNOWN = "price_unknown"


class Failure(StrEnum):
    """Kinds of failure of one try."""

    CALLER = "caller"
    """The request itself is wrong: nobody else will take it either, and no deployment is to blame."""
    INCAPABLE = "incapable"
    """This provider has no words for the request; it was not sent, and another one may have them."""
    RATE_LIMIT = "rate_limit"
    OUTAGE = "outage"
    """5xx, no connection, a broken one, an answer that is none."""
    SILENCE = "silence"
    """No first byte in time."""
    DEPLOYMENT = "deployment"
    """The deployment is set up wrongly: its key, its model's name, its bill."""
    OPEN = "circuit_open"
    """The circuit breaker did not let the call through."""
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    BUDGET = "budget"
    """The caller's money does not reach for this deployment."""


_TOO_LONG = frozenset({"context_length_exceeded", "request_too_large", "string_above_max_length"})
_FILTERED = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
_BLAMED = frozenset({Failure.OUTAGE, Failure.SILENCE, Failure.DEPLOYMENT, Failure.RATE_LIMIT})
_CALLERS_OWN = frozenset({400, 413, 415, 422})


def kind_of(error: BanyanError) -> Failure:
    """The kind of a failure. What is not of a provider's making, such as an unknown course, is the caller's."""
    if error.code == CIRCUIT_OPEN:
        return Failure.OPEN
    if isinstance(error, QuotaExceeded):
        return Failure.BUDGET
    if error.code in _TOO_LONG:
        return Failure.CONTEXT_LENGTH
    if error.code in _FILTERED:
        return Failure.CONTENT_FILTER
    if isinstance(error, RateLimited):
        return Failure.DEPLOYMENT if error.code == "insufficient_quota" else Failure.RATE_LIMIT
    if isinstance(error, DeadlineExceeded):
        return Failure.SILENCE if error.code == "first_byte_timeout" else Failure.OUTAGE
    if isinstance(error, Unavailable):
        return Failure.DEPLOYMENT if error.code == PRICE_UNKNOWN else Failure.OUTAGE
    if isinstance(error, InvalidInput):
        return Failure.INCAPABLE
    if not isinstance(error, UpstreamFailed):
        return Failure.CALLER
    if error.status is not None and 400 <= error.status < 500:
        if error.status in (408, 409, 425):
            return Failure.OUTAGE
        return Failure.CALLER if error.status in _CALLERS_OWN else Failure.DEPLOYMENT
    return Failure.OUTAGE


def blames_deployment(failure: Failure) -> bool:
    """Whether a circuit breaker counts it."""
    return failure in _BLAMED
