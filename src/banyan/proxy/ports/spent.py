"""The port to what the calls of a batch have cost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from banyan.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Spent:
    """cost: of the calls with a known price. unpriced: how many calls have none."""

    cost: Money
    unpriced: int
    calls: int
    input_tokens: int
    output_tokens: int


class SpentReader(Protocol):
    """Reads the usage ledger, which is a moment behind the calls."""

    async def spent(self, tenant: str, prefix: str, *, since: datetime, until: datetime) -> Spent:
        """By all calls whose request id begins with `prefix`, which holds no wildcard. Raises: Unavailable."""
        ...
