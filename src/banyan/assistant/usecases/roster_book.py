"""Keeps the rosters that are asked for in memory, and current."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from banyan.assistant.domain.roster import Member, Roster
from banyan.assistant.ports.rosters import RosterStore
from banyan.assistant.usecases.kept_current import kept_current
from banyan.kernel.clock import Clock

_LOOK_SECONDS = 0.5
_STALE_SECONDS = 3
"""After so long without a look nobody is let in before there has been one: they may be of the course no more."""
_MOST_KEPT = 1_000
"""Courses whose rosters are kept, those without any included; then all are read anew."""
log = structlog.get_logger(__name__)


class RosterBook:
    """Implements `Rosters`. Use it within `running()`. fault: why it is not current, "" where it is."""

    def __init__(self, store: RosterStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[tuple[str, str], Roster | None] = {}
        self._change = -1
        self._looked = float("-inf")
        self.fault = ""

    async def roster(self, tenant: str, course: str) -> Roster | None:
        """As the port says."""
        if asyncio.get_running_loop().time() - self._looked > _STALE_SECONDS:
            await self.refresh()
        key = (tenant, course)
        if key in self._kept:
            return self._kept[key]
        change = self._change
        members = await self._store.roster(tenant, course)
        found = None if members is None else {member.user: member for member in members}
        if change == self._change:  # else it may be older than the change
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    async def put(self, tenant: str, course: str, members: Sequence[Member], by: str) -> None:
        """In force here when it returns. Raises: Unavailable."""
        await self._store.put(tenant, course, members, by, self._clock.now())
        await self.refresh()

    async def remove(self, tenant: str, course: str) -> bool:
        """Whether there was one. Raises: Unavailable."""
        gone = await self._store.remove(tenant, course)
        await self.refresh()
        return gone

    async def refresh(self) -> None:
        """Forgets what has changed. Raises: Unavailable."""
        began = asyncio.get_running_loop().time()
        change = await self._store.change()
        if change != self._change:
            self._change = change
            self._kept.clear()
        self._looked = began

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps itself current while the block runs. Raises: Unavailable."""
        async with kept_current(self, "rosters", every=_LOOK_SECONDS):
            yield
