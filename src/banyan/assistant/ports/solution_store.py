"""The port to where marked solutions are kept, and what became of tries to get at them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.domain.solutions import Solution


class Try(Struct, frozen=True):
    """An answer to a question about an exercise that has a marked solution. message: the answer's id."""

    tenant: str
    message: str
    course: str
    lesson: str
    at: datetime
    withheld: bool


class SolutionStore(Protocol):
    """Every call names the tenant."""

    async def change(self) -> int:
        """Grows with every change, by whatever process. Raises: Unavailable."""
        ...

    async def all(self) -> Sequence[Solution]:
        """Those of every tenant, the oldest first. Raises: Unavailable."""
        ...

    async def put(self, tenant: str, course: str, lesson: str, solutions: Sequence[Solution]) -> None:
        """Makes these the solutions of the lesson; none removes them all."""
        ...

    async def tried(self, one: Try) -> None:
        """Notes a try."""
        ...

    async def tries(self, tenant: str, course: str, since: datetime) -> tuple[int, int]:
        """How many tries there were, and in how many of them something was withheld."""
        ...

    async def told(
        self, tenant: str, course: str, since: datetime, against: str, limit: int
    ) -> Sequence[tuple[StoredMessage, bool]]:
        """All of up to `limit` sessions of the course with an answer since then that was not looked at yet.

        Session by session in order; with each message, whether it is such an answer. against: what all the solutions
        are told by; what was found against others counts no more.
        """
        ...

    async def checked(self, tenant: str, against: str, found: Mapping[StoredMessage, bool]) -> None:
        """Keeps by answer whether it gave a solution away, as long as the answer is there."""
        ...

    async def leaked(self, tenant: str, course: str, since: datetime, against: str) -> tuple[int, int]:
        """How many answers since then gave one away, and how many were not looked at yet."""
        ...
