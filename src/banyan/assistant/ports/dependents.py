"""The port to everything that rests on words of a course: answers, FAQs, drafts, quizzes.

A store joins with one line within its own transaction: `record_dependent` of `adapters/storage/dependents.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.stale import Dependent, Texts


class Dependents(Protocol):
    """Every call names the tenant."""

    async def sources(self, tenant: str, course: str, lesson: str | None) -> Sequence[tuple[str, str]]:
        """Lesson and source of everything that is quoted."""
        ...

    async def look(self, tenant: str, course: str, texts: Texts) -> None:
        """Looks for the quotes in the texts; those that were looked for in the same text before are passed over."""
        ...

    async def stale(
        self, tenant: str, course: str, lesson: str | None, kind: str | None, *, moved: bool, limit: int
    ) -> Sequence[Dependent]:
        """What rests on quotes that are gone, or with `moved` stand elsewhere; the newest first."""
        ...

    async def course_of(self, tenant: str, id: str) -> str | None:
        """The course of a dependent."""
        ...

    async def dismiss(self, tenant: str, id: str, by: str, now: datetime) -> None:
        """Takes it off the list for good."""
        ...
