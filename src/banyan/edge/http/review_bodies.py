"""What the routes of spaced repetition take and give."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import BaseModel, Field

from banyan.assistant.domain.scheduling import Day, Review, State
from banyan.assistant.ports.review_store import KeptCard
from banyan.edge.http.fields import Id, Moment


class PutShown(BaseModel):
    """What became of the cards that were sent. total: that the learner has now."""

    added: int
    changed: int
    unchanged: int
    total: int


class CardRow(BaseModel):
    """A card and its schedule. due: null for a new one. stability: days until it is remembered with 90 %."""

    card: dict[str, Any]
    course: str
    state: Literal["new", "learning", "review", "relearning"]
    due: datetime | None
    last_review: datetime | None
    stability: float | None
    difficulty: float | None


class QueueShown(BaseModel):
    """Cards that are due, the longest due first, then new ones. new_left: how many new ones may come today."""

    cards: list[CardRow]
    new_left: int


class ReviewBody(BaseModel):
    """One answer to a card. id: the caller's own, so that it can be sent twice."""

    rating: Literal["again", "hard", "good", "easy"]
    reviewed_at: Moment | None = Field(None, description="Now where it is absent; devices that were offline say it.")
    seconds: float | None = Field(None, ge=0, le=86_400, description="What the answer took.")
    id: Id | None = None


class ReviewShown(BaseModel):
    """repeated: whether the review was known already, so that nothing changed."""

    id: str
    rating: Literal["again", "hard", "good", "easy"]
    reviewed_at: datetime
    repeated: bool
    card: CardRow


class DayRow(BaseModel):
    """due: cards to review that day. retention: share that is remembered at its end if none is reviewed until then."""

    date: str
    due: int
    retention: float | None


class ForecastShown(BaseModel):
    """From today on, in UTC."""

    days: list[DayRow]


class RemovedShown(BaseModel):
    """How many cards are gone, with their reviews."""

    removed: int


def card_fields(kept: KeptCard) -> dict[str, Any]:
    """As `CardRow`."""
    memory = kept.memory
    fields: dict[str, Any] = {"card": msgspec.to_builtins(kept.card), "course": kept.course}
    if memory is None:
        nothing = dict.fromkeys(("due", "last_review", "stability", "difficulty"))
        return {**fields, "state": State.NEW.value, **nothing}
    return {**fields, **msgspec.to_builtins(memory)}


def review_fields(kept: KeptCard, review: Review, news: bool) -> dict[str, Any]:
    """As `ReviewShown`."""
    return {
        "id": review.id,
        "rating": review.rating.value,
        "reviewed_at": msgspec.to_builtins(review.at),
        "repeated": not news,
        "card": card_fields(kept),
    }


def day_fields(day: Day) -> dict[str, Any]:
    """As `DayRow`."""
    fields: dict[str, Any] = msgspec.to_builtins(day)
    return fields
