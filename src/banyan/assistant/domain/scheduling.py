"""When a card is shown again: FSRS over the reviews that a learner gave it. Times are in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import fsrs
from msgspec import Struct


class Rating(StrEnum):
    """How well the card was remembered."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


class State(StrEnum):
    """new: never reviewed. learning, relearning: within a day, in steps. review: in days."""

    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


class Memory(Struct, frozen=True):
    """What FSRS knows of a card. stability: days until it is remembered with 90 %. difficulty: 1 to 10."""

    state: State
    stability: float
    difficulty: float
    due: datetime
    last_review: datetime


class Review(Struct, frozen=True, kw_only=True):
    """One answer to a card. at: when it was given. seconds: what it took; None where nobody measured."""

    id: str
    card: str
    rating: Rating
    at: datetime
    seconds: float | None = None


class Day(Struct, frozen=True):
    """A day of a forecast. date: as 2026-01-31, in UTC. due: cards to be reviewed, without those of days before.

    retention: the mean probability that a reviewed card is remembered at the end of the day, if none is reviewed
    until then; None where no card was reviewed yet.
    """

    date: str
    due: int
    retention: float | None


_RATINGS = {
    Rating.AGAIN: fsrs.Rating.Again,
    Rating.HARD: fsrs.Rating.Hard,
    Rating.GOOD: fsrs.Rating.Good,
    Rating.EASY: fsrs.Rating.Easy,
}
_STATES = {
    fsrs.State.Learning: State.LEARNING,
    fsrs.State.Review: State.REVIEW,
    fsrs.State.Relearning: State.RELEARNING,
}
_KINDS = {ours: theirs for theirs, ours in _STATES.items()}


def remembered(reviews: Sequence[Review], retention: float) -> Memory:
    """What is known after these reviews, of which there is at least one.

    They are put into the order of their times, so that it does not matter in which order they arrive: a device that
    was offline tells later what it was told before. retention: the share of cards that is to be remembered when due.
    """
    scheduler, card = _scheduler(retention), fsrs.Card(card_id=1, due=reviews[0].at)
    for one in sorted(reviews, key=lambda review: (review.at, review.id)):
        card, _ = scheduler.review_card(card, _RATINGS[one.rating], one.at.astimezone(UTC))
    if card.stability is None or card.difficulty is None or card.last_review is None:
        raise ValueError("A card without a review has no memory; pass its reviews.")
    return Memory(_STATES[card.state], card.stability, card.difficulty, card.due, card.last_review)


def recall(memory: Memory, at: datetime) -> float:
    """The probability that the card is remembered then, 0 to 1."""
    return float(_scheduler(0.9).get_card_retrievability(_card(memory), at))


def _card(memory: Memory) -> fsrs.Card:
    return fsrs.Card(
        card_id=1,
        state=_KINDS[memory.state],
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.last_review,
    )


def day_of(at: datetime) -> datetime:
    """The midnight, in UTC, with which the day of that moment began."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def forecast(
    memories: Sequence[Memory], new: int, new_left: int, new_a_day: int, now: datetime, days: int
) -> list[Day]:
    """Day by day from today. new: cards never reviewed; new_left: of them today, new_a_day: on later days."""
    today, found = day_of(now), []
    load, kept = [0] * days, [0.0] * days
    scheduler = _scheduler(0.9)
    for one in memories:
        place = max(0, (day_of(one.due) - today).days)
        if place < days:
            load[place] += 1
        card = _card(one)
        for day in range(days):
            kept[day] += scheduler.get_card_retrievability(card, today + timedelta(days=day + 1))
    for place in range(days):
        coming = min(new, new_left if place == 0 else new_a_day)
        new -= coming
        share = round(kept[place] / len(memories), 4) if memories else None
        date = f"{today + timedelta(days=place):%Y-%m-%d}"
        found.append(Day(date, load[place] + coming, share))
    return found


@lru_cache(maxsize=64)
def _scheduler(retention: float) -> fsrs.Scheduler:
    # Without chance in the intervals, so that equal reviews give equal times on every machine.
    return fsrs.Scheduler(desired_retention=retention, enable_fuzzing=False)
