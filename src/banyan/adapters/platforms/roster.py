"""Rosters that a platform or its teachers send in; where a course has none, what tokens say is believed."""

from collections.abc import Sequence

from banyan.assistant.domain.standing import Standing, believed
from banyan.assistant.ports.platform import LearningPlatform, Look, PlatformEntry, PlatformNeeds
from banyan.assistant.ports.rosters import Rosters
from banyan.kernel.identity import EVERYWHERE, Identity


class RosterPlatform:
    """Implements `LearningPlatform`."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """Instructors teach where the roster names them as staff; moderators, admins and services do everywhere."""
        roster = await self._rosters.roster(asker.tenant, course)
        if roster is None:
            return believed(asker, course)
        member = roster.get(asker.user)
        if member is None:
            return Standing(asker, teaches=bool(asker.roles & EVERYWHERE), enrolled=False)
        teaches = bool(asker.roles & EVERYWHERE) or (asker.is_staff and member.is_staff)
        return Standing(asker, teaches=teaches, name=member.name, minor=member.minor, enrolled=True)

    async def names(self, tenant: str, course: str) -> Sequence[str]:
        """Of everybody in the roster who has one."""
        roster = await self._rosters.roster(tenant, course)
        return tuple(member.name for member in (roster or {}).values() if member.name)

    async def look(self) -> Look:
        """There is nothing to look at."""
        return Look()

    async def close(self) -> None:
        """Nothing to release."""


def _open(needs: PlatformNeeds) -> LearningPlatform:
    return RosterPlatform(needs.rosters)


ENTRY = PlatformEntry("roster", "Rosters that are sent to `PUT /api/v1/courses/COURSE/roster`.", _open)
