"""The port to who is in which course, where the learning platform told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.roster import Member, Roster


class Rosters(Protocol):
    """Reads are from memory; a change of any process is seen within a second."""

    async def roster(self, tenant: str, course: str) -> Roster | None:
        """None where nobody told. Raises: Unavailable."""
        ...


class RosterStore(Protocol):
    """Where rosters are kept. Raises Unavailable."""

    async def change(self) -> int:
        """A number that grows with every change."""
        ...

    async def roster(self, tenant: str, course: str) -> Sequence[Member] | None:
        """In the order that was given; None where nobody told."""
        ...

    async def put(self, tenant: str, course: str, members: Sequence[Member], by: str, now: datetime) -> None:
        """In place of what was there."""
        ...

    async def remove(self, tenant: str, course: str) -> bool:
        """Whether there was one."""
        ...
