"""The port by which alerts let a course rest."""

from typing import Protocol


class Pauses(Protocol):
    """In force in every process within a second."""

    async def pause(self, tenant: str, course: str, reason: str, by: str) -> object:
        """The tutor rests in the course."""
        ...

    async def resume(self, tenant: str, course: str, by: str) -> object:
        """It answers again."""
        ...
