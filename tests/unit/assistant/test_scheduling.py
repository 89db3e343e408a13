"""When cards come again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.assistant.domain.scheduling import Rating, Review, State, forecast, recall, remembered

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
RATINGS = st.lists(st.tuples(st.sampled_from(Rating), st.integers(0, 60 * 24 * 40)), min_size=1, max_size=12)


def given_as(rows: list[tuple[Rating, int]]) -> list[Review]:
    """Reviews so many minutes after each other."""
    at, found = NOON, []
    for number, (rating, minutes) in enumerate(rows):
        at += timedelta(minutes=minutes)
        found.append(Review(id=str(number), card="c", rating=rating, at=at))
    return found


def good_ones(count: int, retention: float = 0.9) -> list[timedelta]:
    """The intervals of a card that is answered well each time it is due."""
    reviews, at, found = [], NOON, []
    for number in range(count):
        reviews.append(Review(id=str(number), card="c", rating=Rating.GOOD, at=at))
        memory = remembered(reviews, retention)
        found.append(memory.due - at)
        at = memory.due
    return found


def test_intervals_grow_after_good() -> None:
    """Each time it is remembered, a card stays away longer."""
    intervals = good_ones(8)
    assert intervals == sorted(set(intervals))
    assert intervals[-1] > timedelta(days=60)


def test_who_wants_to_remember_more_sees_cards_sooner() -> None:
    """The share that is to be remembered decides how long the intervals are."""
    often, seldom = good_ones(6, 0.97), good_ones(6, 0.7)
    assert often[-1] < seldom[-1]


@settings(max_examples=60, deadline=None)
@given(RATINGS, st.randoms())
def test_the_order_of_arrival_does_not_matter(rows: list[tuple[Rating, int]], chance: object) -> None:
    """A device that was offline tells later; what follows from the reviews is the same, and due after the last one."""
    reviews = given_as(rows)
    shuffled = list(reviews)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    memory = remembered(reviews, 0.9)
    assert remembered(shuffled, 0.9) == memory
    assert memory.due > reviews[-1].at
    assert memory.state is not State.NEW
    assert 1 <= memory.difficulty <= 10
    assert 0 < recall(memory, memory.due) <= 1


@settings(max_examples=60, deadline=None)
@given(RATINGS)
def test_forgetting_brings_a_card_sooner_than_remembering(rows: list[tuple[Rating, int]]) -> None:
    """After the same past, `again` is never due later than `good`."""
    reviews = given_as(rows)
    at = reviews[-1].at + timedelta(days=3)
    dues = [
        remembered([*reviews, Review(id="z", card="c", rating=rating, at=at)], 0.9).due
        for rating in (Rating.AGAIN, Rating.GOOD, Rating.EASY)
    ]
    assert dues == sorted(dues)


def test_a_card_is_due_when_the_wanted_share_remembers_it() -> None:
    """At its time, about nine of ten such cards are remembered."""
    at, reviews = NOON, []
    for number in range(5):
        reviews.append(Review(id=str(number), card="c", rating=Rating.GOOD, at=at))
        at = remembered(reviews, 0.9).due
    assert recall(remembered(reviews, 0.9), at) == pytest.approx(0.9, abs=0.01)


def test_a_forecast_counts_each_card_once_and_never_more_new_ones_than_a_day_has_room_for() -> None:
    """What is overdue counts today; retention falls when nothing is reviewed."""
    memories = [remembered(given_as([(Rating.EASY, -n)]), 0.9) for n in (0, 100_000)]
    days = forecast(memories, 7, 2, 3, NOON, 30)
    assert [day.date for day in days[:2]] == ["2026-08-03", "2026-08-04"]
    assert [day.due for day in days[:4]] == [1 + 2, 3, 2, 0]
    assert sum(day.due for day in days) == 9
    retention = [day.retention for day in days]
    assert retention == sorted(retention, key=lambda one: -(one or 0))
    assert forecast([], 0, 5, 5, NOON, 1)[0].retention is None
