"""The port to the alerts, and to the figures that they are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.alerts import Alert, Tally
from banyan.kernel.money import Money


class AlertStore(Protocol):
    """Alerts, newest first."""

    async def page(
        self, tenant: str | None, *, course: str | None = None, closed: bool | None = None, limit: int
    ) -> Sequence[Alert]:
        """tenant: None for all. closed: None for both."""
        ...

    async def get(self, tenant: str, id: str) -> Alert | None:
        """One."""
        ...

    async def put(self, alert: Alert) -> None:
        """Adds it, or writes how it stands now; an acknowledgement stays."""
        ...

    async def acknowledge(self, tenant: str, id: str, by: str, now: datetime) -> None:
        """The first one counts."""
        ...


class TurnFigures(Protocol):
    """Figures over the log of turns. since is within, until is not."""

    async def courses(self, since: datetime) -> Sequence[tuple[str, str]]:
        """Tenants and courses with any turn since."""
        ...

    async def tally(self, tenant: str, course: str | None, since: datetime, until: datetime) -> Tally:
        """course: None for all."""
        ...

    async def cost(self, tenant: str, since: datetime, until: datetime) -> Money:
        """Of all turns."""
        ...

    async def turns(self, tenant: str, since: datetime, until: datetime) -> int:
        """How many, whatever became of them."""
        ...
