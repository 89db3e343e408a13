"""The port to request, token and concurrency limits."""

from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.accounting import Caller
from banyan.proxy.domain.pricing import Tokens


class Admission(Protocol):
    """One call that was let in."""

    headers: dict[str, str]
    """`x-ratelimit-…`, in lower case, for the answer."""

    def leave(self, tokens: Tokens) -> None:
        """The call has ended and used so many tokens, instead of the estimate. Once; never waits, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """tokens: estimate of what the call may use, input and output."""

    caller: Caller
    tokens: int


class RateLimits(Protocol):
    """Requests and tokens a minute and calls at a time, per key and per tenant, over all processes."""

    async def enter(self, ask: Ask) -> Admission | None:
        """None where nothing limits the caller.

        Raises: RateLimited, with `retry_after` in seconds.
        """
        ...
