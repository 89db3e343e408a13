"""What all platforms that are asked have in common: whose tenant they are of, and who is let in without asking."""

from collections.abc import Sequence
from typing import Protocol

from banyan.adapters.platforms._lms import Lms
from banyan.adapters.platforms._remembered import Known, Remembered, again
from banyan.adapters.platforms.roster import RosterPlatform
from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.platform import Look, PlatformNeeds
from banyan.kernel.identity import Identity, Role

_OWN = frozenset({Role.ADMIN, Role.SERVICE})
"""Roles of our own, of which no learning platform knows."""
_NAMES_SECONDS = 300.0
"""Names are many, and keep for longer than rights do."""


class Judge(Protocol):
    """How one sort of platform is asked."""

    async def standing(self, asker: Identity, course: str, lesson: str | None) -> Known[Standing]:
        """fault: set where any of what it rests on is older than it should be. Raises: Unavailable."""
        ...

    async def names(self, course: str) -> Sequence[str]:
        """Everybody's. Raises: Unavailable."""
        ...

    async def look(self) -> Look:
        """As the port says."""
        ...


class AskedPlatform:
    """Implements `LearningPlatform`. In other tenants than the platform's own, rosters hold."""

    def __init__(self, needs: PlatformNeeds, lms: Lms, memory: Remembered, judge: Judge) -> None:
        self._tenant = needs.lms.tenant
        self._others = RosterPlatform(needs.rosters)
        self._lms = lms
        self._memory = memory
        self._judge = judge

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """As the port says. An answer that is older than it should be opens doors within the grace; it closes none."""
        if asker.tenant != self._tenant:
            return await self._others.standing(asker, course, lesson)
        if asker.roles & _OWN:
            return Standing(asker, teaches=True, enrolled=False)
        known = await self._judge.standing(asker, course, lesson)
        if known.fault is not None and not (known.value.sees or known.value.teaches):
            raise again(known.fault) from known.fault
        return known.value

    async def names(self, tenant: str, course: str) -> Sequence[str]:
        """As the port says."""
        if tenant != self._tenant:
            return await self._others.names(tenant, course)
        known = await self._memory.get(("names", course), lambda: self._judge.names(course), ttl=_NAMES_SECONDS)
        return known.value

    async def look(self) -> Look:
        """As the port says; asked no more often than anything else."""
        known = await self._memory.get("look", self._judge.look)
        if known.fault is not None:  # how it was a while ago is no answer here
            raise again(known.fault) from known.fault
        return known.value

    async def close(self) -> None:
        """As the port says."""
        await self._memory.close()
        await self._lms.close()
