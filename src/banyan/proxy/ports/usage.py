"""The port to what the usage ledger holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.proxy.domain.accounting import Attempt
from banyan.proxy.domain.usage import Charged, UsageQuery, UsageSum


class Usage(Protocol):
    """Reads the ledger; what was finished some moments ago may still be on its way there."""

    async def sums(self, query: UsageQuery, groups: Sequence[str], limit: int) -> list[UsageSum]:
        """One for each combination of values, in their order, at most `limit`; one for all with no groups."""
        ...

    async def attempts(self, query: UsageQuery, after: str | None, limit: int) -> list[Attempt]:
        """The newest first, from the one behind `after`, an id. Raises: NotFound where there is no such id."""
        ...

    async def charged(self, since: datetime) -> list[Charged]:
        """What providers said that they charged from then on, beside our own prices, by deployment; of all tenants."""
        ...

    async def trim(self, before: datetime) -> int:
        """Forgets what is older; how many rows."""
        ...
