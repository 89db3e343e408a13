"""The port to the rows of reports and charts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.reporting import Report, Row, Wanted


class DayValue(Struct, frozen=True):
    """A day of a series. learners: how many people are behind it; 0 where nobody is."""

    day: date
    value: float
    learners: int = 0


class ReportReader(Protocol):
    """Each call is one grouped query, or a few; it names the tenant, and nothing of another one is ever found.

    What this process logged before the call is found, and what others did a second before it.
    """

    async def rows(self, report: Report, wanted: Wanted, limit: int) -> Sequence[Row]:
        """As the report's `arrange` takes them; the first `limit` in their order. Raises: Unavailable."""
        ...

    async def learners(self, report: Report, wanted: Wanted) -> Mapping[str, int]:
        """How many different people asked, by course. Raises: Unavailable."""
        ...

    async def days(self, chart: str, wanted: Wanted) -> Sequence[DayValue]:
        """Days in UTC that have anything, in order. Raises: Unavailable."""
        ...
