"""The port to learners' cards and what they answered."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.material import Card
from banyan.assistant.domain.scheduling import Memory, Review


class KeptCard(Struct, frozen=True):
    """A learner's card. course: "" where it is about none. memory: None for one that was never reviewed."""

    card: Card
    course: str
    added: datetime
    memory: Memory | None


class Put(Struct, frozen=True):
    """What became of cards that were sent. total: that the learner has now."""

    added: int
    changed: int
    unchanged: int
    total: int


Remember = Callable[[Sequence[Review]], Memory]
"""All reviews of one card to what is known of it."""


class ReviewStore(Protocol):
    """By tenant and learner. Every write is one transaction."""

    async def put(self, tenant: str, user: str, cards: Sequence[Card], now: datetime, most: int) -> Put:
        """Adds cards, and changes the text of those that are there without touching their schedule.

        Raises: TooLarge where the learner would have more than so many.
        """
        ...

    async def due(
        self, tenant: str, user: str, now: datetime, *, course: str | None, closed: Sequence[str], limit: int
    ) -> Sequence[KeptCard]:
        """Reviewed cards whose time has come, the longest due first. closed: courses whose cards are left out."""
        ...

    async def new(
        self, tenant: str, user: str, *, course: str | None, closed: Sequence[str], limit: int
    ) -> Sequence[KeptCard]:
        """Cards that were never reviewed, in the order in which they came."""
        ...

    async def introduced(self, tenant: str, user: str, since: datetime) -> int:
        """How many cards were reviewed for the first time since then."""
        ...

    async def memories(
        self, tenant: str, user: str, *, course: str | None, closed: Sequence[str]
    ) -> tuple[Sequence[Memory], int]:
        """Of all cards that were reviewed, and how many were not."""
        ...

    async def card(self, tenant: str, user: str, id: str) -> KeptCard | None:
        """One card."""
        ...

    async def review(
        self, tenant: str, user: str, review: Review, remember: Remember, now: datetime
    ) -> tuple[KeptCard, Review, bool] | None:
        """Adds the review and brings the card to what follows from all of its reviews; None without such a card.

        Two at a time are both counted. Where the id is known, nothing changes: the card as it is, the review as it was
        given first, and False. Raises: Conflict where the id is that of another card's review.
        """
        ...

    async def remove(self, tenant: str, user: str, *, course: str | None, ids: Sequence[str] | None) -> int:
        """Cards with their reviews; how many cards."""
        ...
