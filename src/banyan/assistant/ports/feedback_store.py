"""The port to where feedback is kept."""

from collections.abc import Sequence
from typing import Protocol

from banyan.assistant.domain.feedback import Feedback, Rating


class FeedbackStore(Protocol):
    """One for each answer. Each call is one transaction, and names the tenant."""

    async def put(self, feedback: Feedback) -> None:
        """In place of what was said of the answer before."""
        ...

    async def one(self, tenant: str, message: str) -> Feedback | None:
        """What was said of the answer."""
        ...

    async def of_session(self, tenant: str, session: str) -> Sequence[Feedback]:
        """What was said of the session's answers."""
        ...

    async def queue(
        self, tenant: str, course: str, *, rating: Rating | None, resolved: bool | None, limit: int
    ) -> Sequence[Feedback]:
        """What nobody has looked at first, and of each the newest first."""
        ...

    async def remove(self, tenant: str, message: str) -> bool:
        """Whether there was any."""
        ...
