"""The port to the learning platform: who is who in a course."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from banyan.assistant.domain.standing import Standing
from banyan.assistant.ports.rosters import Rosters
from banyan.kernel.identity import DEFAULT_TENANT, Identity


@dataclass(frozen=True, slots=True)
class Look:
    """How a platform is. complete: False where an operator should read the sentence and do something."""

    sentence: str = ""
    complete: bool = True


class LearningPlatform(Protocol):
    """What the platform knows of people and lessons. Without one, what the caller's token says is believed."""

    async def standing(self, asker: Identity, course: str, lesson: str | None = None) -> Standing:
        """Who the caller is in the course, and whether the lesson is open to them. Raises: Unavailable."""
        ...

    async def names(self, tenant: str, course: str) -> Sequence[str]:
        """Names of the people in the course, for keeping them from providers; empty where nobody told.

        Raises: Unavailable.
        """
        ...

    async def look(self) -> Look:
        """Whether it can be asked, and what it lets itself be asked. Raises: Unavailable."""
        ...

    async def close(self) -> None:
        """Releases connections."""
        ...


@dataclass(frozen=True, slots=True)
class LmsAccess:
    """How the platform's own API is asked, and for how long its answers hold. All times are in seconds.

    key, secret: never printed. tenant: whose platform it is; for the others, rosters hold.
    deadline: of one question. ttl: of an answer. grace: how old an answer may get while nothing newer can be had.
    now: a clock that only goes forward.
    """

    url: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    tenant: str = DEFAULT_TENANT
    deadline: float = 5
    ttl: float = 30
    grace: float = 300
    now: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class PlatformNeeds:
    """What a platform may be opened with."""

    rosters: Rosters
    lms: LmsAccess = LmsAccess()


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """A platform's line in the catalogue. asks: whether it asks another system, which may be down.

    open: Raises InvalidInput, naming the setting that is missing.
    """

    name: str
    summary: str
    open: Callable[[PlatformNeeds], LearningPlatform]
    asks: bool = False
