"""The port to what is in force where."""

from typing import Protocol

from banyan.assistant.domain.policy import Effective


class Policies(Protocol):
    """Reads are from memory; a change made by any process is seen within a second."""

    async def effective(self, tenant: str, course: str, lesson: str | None = None) -> Effective:
        """What is in force for a lesson, or for the course as such. Raises: Unavailable where nobody can tell."""
        ...
