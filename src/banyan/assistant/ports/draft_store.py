"""The port to where drafts are kept."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.drafts import Draft, DraftKind, State
from banyan.kernel.money import Money


class Saving(Struct, frozen=True):
    """What an approved answer saved in a day: so many questions that no model was asked.

    day: as `2026-01-31`, in UTC. cost: of those whose price was known; unpriced: how many of them had none.
    """

    tenant: str
    course: str
    lesson: str
    item: str
    day: str
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Money = Money(0)
    unpriced: int = 0


class DraftStore(Protocol):
    """Each call is one transaction, and what it wrote is on disk when it returns. Every call names the tenant."""

    async def add(self, draft: Draft) -> None:
        """A new one."""
        ...

    async def draft(self, tenant: str, id: str) -> Draft | None:
        """The one of that id."""
        ...

    async def drafts(
        self,
        tenant: str,
        kind: DraftKind,
        *,
        course: str | None = None,
        lesson: str | None = None,
        state: State | None = None,
        limit: int,
    ) -> Sequence[Draft]:
        """The newest first."""
        ...

    async def put(self, draft: Draft) -> bool:
        """In place of the version before it. False, and nothing stored, where that is no longer the current one."""
        ...

    async def remove(self, tenant: str, id: str) -> bool:
        """Whether it was there."""
        ...

    async def change(self) -> int:
        """A number that grows with every change to any draft of any tenant."""
        ...

    async def published_faqs(self) -> Sequence[Draft]:
        """Of all tenants: what learners may be answered from."""
        ...

    async def add_savings(self, savings: Sequence[Saving]) -> None:
        """Adds each to its day's row."""
        ...

    async def savings(self, tenant: str, course: str) -> Sequence[Saving]:
        """By day, the newest first."""
        ...
