"""The port to gauges of rate limits that several processes share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.rate_limit import Level, Subject


@dataclass(frozen=True, slots=True)
class Taken:
    """levels: of each subject, before the call. admitted: whether it was let in and counted."""

    levels: tuple[Level, ...]
    admitted: bool


class SharedGauges(Protocol):
    """Decides as `rate_limit.refusal` and `rate_limit.take` do, at once for all subjects."""

    async def take(self, subjects: Sequence[Subject], tokens: int, call: str) -> Taken:
        """call: unique; its place among the calls at a time is free again after `LEASE_SECONDS` without `keep`.

        Raises: Unavailable.
        """
        ...

    async def give(self, subjects: Sequence[Subject], more: int, call: str) -> None:
        """The call has ended and used so many tokens more than was said; a negative number where fewer."""
        ...

    async def keep(self, subjects: Sequence[Subject], call: str) -> None:
        """The call is still under way."""
        ...
