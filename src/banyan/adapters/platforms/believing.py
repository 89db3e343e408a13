"""No platform: what the caller's token or backend says is believed."""

from collections.abc import Sequence

from banyan.assistant.domain.standing import Standing, believed
from banyan.assistant.ports.platform import LearningPlatform, Look, PlatformEntry, PlatformNeeds
from banyan.kernel.identity import Identity


class Believing:
    """Implements `LearningPlatform`."""

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """Staff teach the courses that their token names, or all where it names none."""
        return believed(asker, course)

    async def names(self, tenant: str, course: str) -> Sequence[str]:
        """Nobody told any."""
        return ()

    async def look(self) -> Look:
        """There is nothing to look at."""
        return Look()

    async def close(self) -> None:
        """Nothing to release."""


def _open(needs: PlatformNeeds) -> LearningPlatform:
    return Believing()


ENTRY = PlatformEntry("believing", "What tokens and backends say of people is believed.", _open)
