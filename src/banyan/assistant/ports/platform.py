"""The port to the learning platform: who is who in a course."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.rosters import Rosters
from banyan.kernel.identity import Identity


class LearningPlatform(Protocol):
    """What the platform knows of people and lessons. Without one, what the caller's token says is believed."""

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """Who the caller is in the course, and whether the lesson is open to them. Raises: Unavailable."""
        ...

    async def names(self, tenant: str, course: str) -> Sequence[str]:
        """Names of the people in the course, for keeping them from providers; empty where nobody told."""
        ...

    async def close(self) -> None:
        """Releases connections."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformNeeds:
    """What a platform may be opened with."""

    rosters: Rosters


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """A platform's line in the catalogue."""

    name: str
    summary: str
    open: Callable[[PlatformNeeds], LearningPlatform]
