"""Spaced repetition over HTTP, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant
from take_away import CITATION, NOON, Noon, card

ADMIN = {"X-Banyan-User": "root", "X-Banyan-Roles": "admin"}
CARDS = "/api/v1/users/ana/cards"


def deck(*ids: str, course: str = "bio", back: str = "back") -> dict[str, Any]:
    cited = {**CITATION, "course": course}
    return {"type": "cards", "cards": [{**card(id, f"front {id}", back), "citation": cited} for id in ids]}


@dataclass
class Desk:
    """A learner's cards, with a clock that is set."""

    world: World
    clock: Noon

    async def put(self, body: object, asker: dict[str, str] = ANA) -> Any:
        reply = await self.world.send("PUT", CARDS, asker, body)
        assert reply.status == 200, reply.body
        return reply.json

    async def due(self, query: str = "", asker: dict[str, str] = ANA) -> list[str]:
        reply = await self.world.get(f"{CARDS}/due{query}", asker)
        assert reply.status == 200, reply.body
        return [row["card"]["id"] for row in reply.json["cards"]]

    async def answer(self, card: str, rating: str = "good", **fields: object) -> Any:
        reply = await self.world.post(f"{CARDS}/{card}/reviews", {"rating": rating, **fields})
        assert reply.status == 200, reply.body
        return reply.json


@pytest.fixture
async def desk(tmp_path: Path, house_url: str) -> AsyncIterator[Desk]:
    async with assistant(tmp_path, database_url=house_url) as world:
        clock = Noon()
        object.__setattr__(world.services.reviews, "clock", clock)
        yield Desk(world, clock)


async def test_a_card_comes_when_it_is_due_and_never_before(desk: Desk) -> None:
    """New cards come in their order; an answered one is away until its time, and longer after each good answer."""
    assert await desk.put(deck("a", "b", "c")) == {"added": 3, "changed": 0, "unchanged": 0, "total": 3}
    assert await desk.due() == ["a", "b", "c"]
    assert await desk.due("?limit=2") == ["a", "b"]
    away = []
    for _ in range(6):
        shown = await desk.answer("a")
        until = datetime.fromisoformat(shown["card"]["due"])
        away.append(until - desk.clock.time)
        desk.clock.time = until - timedelta(seconds=1)
        assert "a" not in await desk.due()
        desk.clock.time = until
        assert (await desk.due())[0] == "a"
    assert away == sorted(set(away))
    assert shown["card"]["state"] == "review"


async def test_cards_that_come_again_keep_their_schedule(desk: Desk) -> None:
    """The same deck twice is once; another text changes the card and not its time."""
    await desk.put(deck("a", "b"))
    before = (await desk.answer("a"))["card"]
    assert await desk.put(deck("a", "b")) == {"added": 0, "changed": 0, "unchanged": 2, "total": 2}
    assert await desk.put(deck("a", "c", back="new")) == {"added": 1, "changed": 1, "unchanged": 0, "total": 3}
    desk.clock.time += timedelta(days=1)
    (row,) = [one for one in (await desk.world.get(f"{CARDS}/due")).json["cards"] if one["card"]["id"] == "a"]
    assert row["card"]["back"] == "new"
    assert (row["due"], row["stability"]) == (before["due"], before["stability"])


async def test_a_review_counts_once_and_none_is_lost(desk: Desk) -> None:
    """The same id twice is one; ten at a time are ten; those of a device that was offline fall into their place."""
    await desk.put(deck("a", "b"))
    first = await desk.answer("a", id="r1", seconds=4.5)
    desk.clock.time += timedelta(minutes=1)
    again = await desk.answer("a", "easy", id="r1")
    assert (first["repeated"], again["repeated"], again["rating"]) == (False, True, "good")
    assert again["card"] == first["card"]
    taken = await desk.world.post(f"{CARDS}/b/reviews", {"rating": "good", "id": "r1"})
    assert (taken.status, taken.code) == (409, "review_id_taken")

    at = [(NOON + timedelta(days=3 * n)).isoformat() for n in range(1, 11)]
    desk.clock.time = NOON + timedelta(days=40)
    await asyncio.gather(
        *(desk.answer("b", reviewed_at=one, id=f"p{n}") for n, one in enumerate(reversed(at))),
    )
    await desk.put(deck("c"))
    for n, one in enumerate(at):
        last = await desk.answer("c", reviewed_at=one, id=f"s{n}")
    together = (await desk.answer("b", id="p0"))["card"]
    assert (together["stability"], together["due"]) == (last["card"]["stability"], last["card"]["due"])


async def test_a_day_has_room_for_so_many_new_cards(desk: Desk) -> None:
    """Whoever has seen today's new cards gets the others tomorrow; what is due comes before them."""
    object.__setattr__(desk.world.services.reviews, "new_a_day", 2)
    await desk.put(deck("a", "b", "c", "d"))
    assert await desk.due() == ["a", "b"]
    await desk.answer("a", "easy")
    assert await desk.due() == ["b"]
    await desk.answer("b", "again")
    assert await desk.due() == []
    desk.clock.time += timedelta(minutes=1)
    assert await desk.due() == ["b"]
    desk.clock.time += timedelta(days=1)
    assert await desk.due() == ["b", "c", "d"]


async def test_a_forecast_says_what_is_coming(desk: Desk) -> None:
    """Load by day, and how much is remembered if nothing is done."""
    object.__setattr__(desk.world.services.reviews, "new_a_day", 2)
    await desk.put(deck("a", "b", "c", "d"))
    await desk.answer("a", "easy")
    days = (await desk.world.get(f"{CARDS}/forecast?days=30")).json["days"]
    assert [day["due"] for day in days[:3]] == [1, 2, 0]
    assert sum(day["due"] for day in days) == 4
    assert days[0]["date"] == "2026-08-03"
    assert 0.5 < days[-1]["retention"] < days[1]["retention"] <= 1


async def test_cards_are_their_learners_alone(desk: Desk) -> None:
    """Others learn nothing and change nothing; staff see what is due in their course; admins help."""
    await desk.put(deck("a"))
    await desk.put(deck("x", course="art"))
    for asker in (BEN, TEACHER):
        for method, path, body in (
            ("PUT", "", deck("b")),
            ("GET", "/due", None),
            ("GET", "/forecast", None),
            ("POST", "/a/reviews", {"rating": "good"}),
            ("DELETE", "", None),
            ("DELETE", "?card=a", None),
        ):
            assert (await desk.world.send(method, CARDS + path, asker, body)).status == 403, (asker, method, path)
    assert (await desk.world.get(f"{CARDS}/due?course=bio", BEN)).status == 403
    assert await desk.due("?course=bio", TEACHER) == ["a"]
    assert await desk.due("", ADMIN) == ["a", "x"]
    assert await desk.due("", STRANGER) == []


async def test_cards_of_a_course_in_an_exam_are_closed(desk: Desk) -> None:
    """They are a crib: left out of the queue, refused where the course is named, and not to be answered."""
    await desk.put(deck("a"))
    await desk.put(deck("x", course="art"))
    assert (await desk.world.send("PUT", "/api/v1/courses/bio/lock", TEACHER, {"learners": ["ana"]})).status < 300
    assert await desk.due() == ["x"]
    for reply in (
        await desk.world.get(f"{CARDS}/due?course=bio"),
        await desk.world.get(f"{CARDS}/forecast?course=bio"),
        await desk.world.post(f"{CARDS}/a/reviews", {"rating": "good"}),
    ):
        assert (reply.status, reply.code) == (403, "exam_lock")


async def test_deleted_cards_are_gone_with_their_reviews(desk: Desk) -> None:
    """One, those of a course, or all; a card that comes back is new."""
    await desk.put(deck("a", "b"))
    await desk.put(deck("x", course="art"))
    await desk.answer("a", id="r1")
    assert (await desk.world.send("DELETE", f"{CARDS}?card=a", ANA)).json == {"removed": 1}
    gone = await desk.world.send("DELETE", f"{CARDS}?card=a", ANA)
    assert (gone.status, gone.code) == (404, "unknown_card")
    assert (await desk.world.post(f"{CARDS}/a/reviews", {"rating": "good"})).code == "unknown_card"
    await desk.put(deck("a"))
    assert (await desk.answer("a", id="r1"))["repeated"] is False
    assert (await desk.world.send("DELETE", f"{CARDS}?course=bio", ANA)).json == {"removed": 2}
    assert (await desk.world.send("DELETE", CARDS, ANA)).json == {"removed": 1}


async def test_bad_input_is_refused(desk: Desk) -> None:
    """Bodies that are no cards, unknown ratings, the future, and more cards than a learner can have."""
    await desk.put(deck("a"))
    for body, code in (
        ({"type": "quiz", "questions": []}, "invalid_request"),
        ({"type": "cards", "cards": [{"id": "a"}]}, "invalid_request"),
        (deck("a/b"), "invalid_request"),
        (deck(*map(str, range(501))), "request_too_large"),
    ):
        assert (await desk.world.send("PUT", CARDS, ANA, body)).code == code
    future = (NOON + timedelta(days=1)).isoformat()
    for fields in ({"rating": "fine"}, {"rating": "good", "reviewed_at": future}, {"rating": "good", "seconds": -1}):
        assert (await desk.world.post(f"{CARDS}/a/reviews", fields)).status == 400


async def test_an_export_and_an_erasure_of_a_person_have_both_tables(desk: Desk) -> None:
    """Cards and reviews are shown to their learner."""
    await desk.put(deck("a"))
    await desk.answer("a")
    records = (await desk.world.get("/api/v1/users/ana/export")).json["records"]
    assert {"review_cards", "card_reviews"} <= {one["table"] for one in records}
