"""Learners' cards and reviews in the SQL database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.review_tables import card_reviews, review_cards
from banyan.assistant.domain.material import Card
from banyan.assistant.domain.scheduling import Memory, Rating, Review, State
from banyan.assistant.ports.review_store import KeptCard, Put, Remember
from banyan.kernel.errors import Conflict, TooLarge

_Of = tuple[str, str]
"""Tenant and learner."""


class SqlReviews:
    """The port over `review_cards` and `card_reviews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, user: str, cards: Sequence[Card], now: datetime, most: int) -> Put:
        """As the port says."""
        return await self._database.write(_put, (tenant, user), cards, now, most)

    async def due(
        self, tenant: str, user: str, now: datetime, *, course: str | None, closed: Sequence[str], limit: int
    ) -> Sequence[KeptCard]:
        """As the port says."""
        return await self._database.read(_due, _within((tenant, user), course, closed), now, limit)

    async def new(
        self, tenant: str, user: str, *, course: str | None, closed: Sequence[str], limit: int
    ) -> Sequence[KeptCard]:
        """As the port says."""
        return await self._database.read(_new, _within((tenant, user), course, closed), limit)

    async def introduced(self, tenant: str, user: str, since: datetime) -> int:
        """As the port says."""
        return await self._database.read(_introduced, (tenant, user), since)

    async def memories(
        self, tenant: str, user: str, *, course: str | None, closed: Sequence[str]
    ) -> tuple[Sequence[Memory], int]:
        """As the port says."""
        return await self._database.read(_memories, _within((tenant, user), course, closed))

    async def card(self, tenant: str, user: str, id: str) -> KeptCard | None:
        """As the port says."""
        return await self._database.read(_card, (tenant, user), id)

    async def review(
        self, tenant: str, user: str, review: Review, remember: Remember, now: datetime
    ) -> tuple[KeptCard, Review, bool] | None:
        """As the port says."""
        return await self._database.write(_review, (tenant, user), review, remember, now)

    async def remove(self, tenant: str, user: str, *, course: str | None, ids: Sequence[str] | None) -> int:
        """As the port says."""
        return await self._database.write(_remove, (tenant, user), course, ids)


def _own(of: _Of) -> ColumnElement[bool]:
    return (review_cards.c.tenant == of[0]) & (review_cards.c.user == of[1])


def _within(of: _Of, course: str | None, closed: Sequence[str]) -> ColumnElement[bool]:
    rows = _own(of) & review_cards.c.course.not_in(closed)
    return rows if course is None else rows & (review_cards.c.course == course)


def _put(connection: Connection, of: _Of, cards: Sequence[Card], now: datetime, most: int) -> Put:
    """Adds and changes; the learner's cards change one order after the other."""
    lock(connection, "review cards", *of)
    texts = {card.id: msgspec.json.encode(card).decode() for card in cards}
    query = select(review_cards.c.id, review_cards.c.card_json).where(_own(of), review_cards.c.id.in_(texts))
    known = {row.id: row.card_json for row in connection.execute(query)}
    fresh = [card for card in cards if card.id not in known]
    total = _count(connection, _own(of)) + len(fresh)
    if fresh and total > most:
        raise TooLarge(f"That would be {total} cards; a learner can have {most}. Delete some first.", param="cards")
    if fresh:
        connection.execute(
            insert(review_cards), [_row(of, card, texts[card.id], now, n) for n, card in enumerate(fresh)]
        )
    changed = [card for card in cards if card.id in known and known[card.id] != texts[card.id]]
    for card in changed:
        mine = _own(of) & (review_cards.c.id == card.id)
        values = {"card_json": texts[card.id], "course": card.citation.course}
        connection.execute(update(review_cards).where(mine).values(values))
    return Put(len(fresh), len(changed), len(cards) - len(fresh) - len(changed), total)


def _row(of: _Of, card: Card, text: str, now: datetime, place: int) -> dict[str, Any]:
    tenant, user = of
    return {
        **{"tenant": tenant, "user": user, "id": card.id, "course": card.citation.course},
        **{"card_json": text, "added": now, "place": place},
    }


def _count(connection: Connection, rows: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(review_cards).where(rows)).scalar_one())


def _due(connection: Connection, rows: ColumnElement[bool], now: datetime, limit: int) -> list[KeptCard]:
    columns = review_cards.c
    query = select(review_cards).where(rows, columns.due <= now).order_by(columns.due, columns.id).limit(limit)
    return [_kept(row) for row in connection.execute(query)]


def _new(connection: Connection, rows: ColumnElement[bool], limit: int) -> list[KeptCard]:
    columns = review_cards.c
    query = select(review_cards).where(rows, columns.introduced.is_(None))
    return [
        _kept(row) for row in connection.execute(query.order_by(columns.added, columns.place, columns.id).limit(limit))
    ]


def _introduced(connection: Connection, of: _Of, since: datetime) -> int:
    return _count(connection, _own(of) & (review_cards.c.introduced >= since))


def _memories(connection: Connection, rows: ColumnElement[bool]) -> tuple[list[Memory], int]:
    reviewed = connection.execute(select(review_cards).where(rows, review_cards.c.introduced.is_not(None)))
    found = [memory for row in reviewed if (memory := _memory(row)) is not None]
    return found, _count(connection, rows & review_cards.c.introduced.is_(None))


def _card(connection: Connection, of: _Of, id: str) -> KeptCard | None:
    row = connection.execute(select(review_cards).where(_own(of), review_cards.c.id == id)).first()
    return None if row is None else _kept(row)


def _review(
    connection: Connection, of: _Of, review: Review, remember: Remember, now: datetime
) -> tuple[KeptCard, Review, bool] | None:
    """One after the other for each learner, so that what follows from the reviews follows from all of them."""
    lock(connection, "review cards", *of)
    columns, tenant, user = card_reviews.c, *of
    kept = _card(connection, of, review.card)
    if kept is None:
        return None
    own = (columns.tenant == tenant) & (columns.user == user)
    before = connection.execute(select(card_reviews).where(own, columns.id == review.id)).first()
    if before is not None:
        if before.card != review.card:
            raise Conflict("There is a review of another card with this id; choose another id.", code="review_id_taken")
        return kept, _given(before), False
    connection.execute(
        insert(card_reviews).values(
            tenant=tenant,
            user=user,
            id=review.id,
            card=review.card,
            rating=review.rating.value,
            at=review.at,
            seconds=review.seconds,
            received=now,
        )
    )
    all_of_them = connection.execute(select(card_reviews).where(own, columns.card == review.card))
    given = [_given(row) for row in all_of_them]
    memory = remember(given)
    values = {
        "state": memory.state.value,
        "stability": memory.stability,
        "difficulty": memory.difficulty,
        "due": memory.due,
        "last_review": memory.last_review,
    }
    if kept.memory is None:
        values["introduced"] = now
    connection.execute(update(review_cards).where(_own(of), review_cards.c.id == review.card).values(values))
    return KeptCard(kept.card, kept.course, kept.added, memory), review, True


def _remove(connection: Connection, of: _Of, course: str | None, ids: Sequence[str] | None) -> int:
    lock(connection, "review cards", *of)
    rows = _own(of)
    if course is not None:
        rows &= review_cards.c.course == course
    if ids is not None:
        rows &= review_cards.c.id.in_(ids)
    # Reviews go first: SQLite cascades only where it is told to.
    gone = select(review_cards.c.id).where(rows)
    columns = card_reviews.c
    connection.execute(
        delete(card_reviews).where(columns.tenant == of[0], columns.user == of[1], columns.card.in_(gone))
    )
    return int(connection.execute(delete(review_cards).where(rows)).rowcount)


def _given(row: Row[Any]) -> Review:
    return Review(id=row.id, card=row.card, rating=Rating(row.rating), at=row.at, seconds=row.seconds)


def _kept(row: Row[Any]) -> KeptCard:
    return KeptCard(msgspec.json.decode(row.card_json, type=Card), row.course, row.added, _memory(row))


def _memory(row: Row[Any]) -> Memory | None:
    if row.introduced is None:
        return None
    return Memory(State(row.state), row.stability, row.difficulty, row.due, row.last_review)
