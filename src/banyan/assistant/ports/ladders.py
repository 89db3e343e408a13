"""The port to how far each learner has come on the ladders of hints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Ladder(Struct, frozen=True):
    """One learner's task. question: as first asked, or the exercise that a teacher marked. step: of the last hint."""

    task: str
    question: str
    step: int


class Ladders(Protocol):
    """Kept per learner and lesson, so that another device goes on where the first one was."""

    async def of(self, tenant: str, user: str, course: str, lesson: str, limit: int) -> Sequence[Ladder]:
        """The learner's tasks, last used first."""
        ...

    async def climb(self, tenant: str, user: str, course: str, lesson: str, ladder: Ladder, now: datetime) -> None:
        """Notes the step, which never gets lower."""
        ...
