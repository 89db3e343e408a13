"""Lets learners review cards when they are about to forget them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from banyan.assistant.domain.material import Cards
from banyan.assistant.domain.scheduling import Day, Rating, Review, day_of, forecast, remembered
from banyan.assistant.domain.taking_away import read_body
from banyan.assistant.ports.review_store import KeptCard, Put, ReviewStore
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.exam_board import ExamBoard
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import check_id

MOST_CARDS = 20_000
"""Of one learner, in all courses."""
_FAST_CLOCK = timedelta(minutes=5)
"""By which a device's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Queue:
    """cards: those that are due first, then new ones. new_left: how many new ones may still come today."""

    cards: Sequence[KeptCard]
    new_left: int


@dataclass(frozen=True, slots=True)
class ReviewCards:
    """The use cases. retention: the share of cards to be remembered when due, 0.7 to 0.97. new_a_day: new cards.

    A learner's cards are theirs; those of others are for the roles admin and service, and what is due in a course for
    its staff. Cards of a course in which the learner is in an exam are closed. All raise: NotAllowed; Unavailable.
    """

    store: ReviewStore
    admit: Admit
    board: ExamBoard
    clock: Clock
    retention: float = 0.9
    new_a_day: int = 20

    async def put(self, asker: Identity, user: str, raw: Any) -> Put:
        """raw: a body of cards, as `POST /api/v1/content/flashcards` answers it. Raises: InvalidInput, TooLarge."""
        self._check(asker, user)
        body = await asyncio.to_thread(read_body, raw)
        if not isinstance(body, Cards):
            raise InvalidInput("Only cards are reviewed; send a body of the type cards.", param="type")
        for card in body.cards:
            check_id(card.id, "id")
        for course in {card.citation.course for card in body.cards} - {""}:
            asker.check_course(check_id(course, "course"))
        return await self.store.put(asker.tenant, user, body.cards, self.clock.now(), MOST_CARDS)

    async def due(self, asker: Identity, user: str, *, course: str | None, limit: int) -> Queue:
        """What to review now; never a card before its time."""
        await self._check_reading(asker, user, course)
        now, closed = self.clock.now(), await self._closed(asker, course)
        found = list(await self.store.due(asker.tenant, user, now, course=course, closed=closed, limit=limit))
        left = await self._new_left(asker.tenant, user, now)
        if (room := min(left, limit - len(found))) > 0:
            found += await self.store.new(asker.tenant, user, course=course, closed=closed, limit=room)
        allowed = [
            one for one in found if asker.grant is None or not one.course or asker.grant.allows_course(one.course)
        ]
        return Queue(allowed, left)

    async def review(
        self,
        asker: Identity,
        user: str,
        card: str,
        *,
        id: str,
        rating: Rating,
        at: datetime | None,
        seconds: float | None,
    ) -> tuple[KeptCard, Review, bool]:
        """The card after it, the review, and whether it was news. at: None for now. Raises: NotFound, InvalidInput."""
        self._check(asker, user)
        now = self.clock.now()
        if at is not None and at > now + _FAST_CLOCK:
            raise InvalidInput("The review is in the future; correct `reviewed_at`.", param="reviewed_at")
        kept = await self.store.card(asker.tenant, user, card)
        if kept is not None and kept.course:
            await self.admit.check_reading(asker, kept.course)
        review = Review(id=id, card=card, rating=rating, at=min(at or now, now), seconds=seconds)
        remember = partial(remembered, retention=self.retention)
        done = await self.store.review(asker.tenant, user, review, remember, now)
        if done is None:
            raise NotFound("There is no such card; add it with PUT /api/v1/users/USER/cards.", code="unknown_card")
        return done

    async def forecast(self, asker: Identity, user: str, *, course: str | None, days: int) -> list[Day]:
        """Load and retention from today on."""
        await self._check_reading(asker, user, course)
        now, closed = self.clock.now(), await self._closed(asker, course)
        memories, new = await self.store.memories(asker.tenant, user, course=course, closed=closed)
        left = await self._new_left(asker.tenant, user, now)
        return await asyncio.to_thread(forecast, memories, new, left, self.new_a_day, now, days)

    async def remove(self, asker: Identity, user: str, *, course: str | None, id: str | None) -> int:
        """Cards with their reviews: of a course, one, or all. Raises: NotFound where the one is not there."""
        self._check(asker, user)
        gone = await self.store.remove(asker.tenant, user, course=course, ids=None if id is None else [id])
        if id is not None and not gone:
            raise NotFound("There is no such card; look at GET /api/v1/users/USER/cards/due.", code="unknown_card")
        return gone

    async def _new_left(self, tenant: str, user: str, now: datetime) -> int:
        return max(0, self.new_a_day - await self.store.introduced(tenant, user, day_of(now)))

    async def _check_reading(self, asker: Identity, user: str, course: str | None) -> None:
        if course is None:
            self._check(asker, user)
            return
        asker.check_course(course)
        if user != asker.user:
            await require_staff(self.admit.platform, asker, course)

    async def _closed(self, asker: Identity, course: str | None) -> Sequence[str]:
        """Courses whose cards are left out. Raises: NotAllowed (`exam_lock`) where the one asked for is closed."""
        if course is not None:
            await self.admit.check_reading(asker, course)
            return ()
        if asker.is_staff:
            return ()
        found = await self.board.closed_courses(asker.tenant, asker.user, self.admit.clock.now())
        return sorted({one for one, _ in found})

    def _check(self, asker: Identity, user: str) -> None:
        narrowed = asker.grant is not None and asker.grant.courses is not None
        if user != asker.user and (not asker.roles & {Role.ADMIN, Role.SERVICE} or narrowed):
            raise NotAllowed("The cards of others are for the roles admin and service; ask for your own.")
