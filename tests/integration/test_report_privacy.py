"""Reports on how a course is learned, and what they keep from those who are no admins."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from assistant_world import ANA, TEACHER, World, assistant
from report_world import CENT, NOON, Shelf
from scripted_gateway import CITATION

from banyan.adapters.storage.ladders import hint_ladders
from banyan.adapters.storage.solution_tables import solution_tries
from banyan.adapters.storage.teaching_tables import faq_savings, feedback

ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
MODERATOR = {"X-Banyan-User": "mo", "X-Banyan-Roles": "moderator"}
WEEK = timedelta(days=7)
ELSEWHERE = replace(CITATION, heading=("Averages", "The mode"), anchor="mode")


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf(world.database)


async def answer(world: World, name: str, asker: dict[str, str] = ADMIN, **filters: str) -> tuple[list[Any], list[str]]:
    """The values of a report's rows, and its notes."""
    query = "&".join(f"{key}={quote(value)}" for key, value in {"course": "stats", **filters}.items())
    reply = await world.get(f"/api/v1/reports/{name}?{query}", asker)
    assert reply.status == 200, reply.json
    return [tuple(row.values()) for row in reply.json["rows"]], reply.json["notes"]


async def rate(shelf: Shelf, message: str, user: str, rating: str, reasons: str = "[]") -> None:
    row = {"tenant": "default", "message": message, "session": "", "user": user, "course": "stats", "lesson": "mean"}
    row |= {"rating": rating, "reasons_json": reasons, "comment": "", "created": NOON, "updated": NOON}
    await shelf.add(feedback, {**row, "resolved": None, "resolved_by": "", "action": "", "note": ""})


async def test_hot_spots_are_passages_that_answers_cite(world: World, shelf: Shelf) -> None:
    """Each cited passage counts once for an answer; the one that most answers cite comes first."""
    await shelf.session("ana", "One?", "Two?", cites=(CITATION, CITATION, ELSEWHERE))
    await shelf.session("ben", "One?", cites=(CITATION,))
    await shelf.session("eve", "One?", tenant="elsewhere")
    assert (await answer(world, "hot-spots"))[0] == [
        ("stats", "mean", "Averages", "averages", 3, 2),
        ("stats", "mean", "Averages › The mode", "mode", 2, 1),
    ]
    assert (await answer(world, "hot-spots", to_date="2026-03-01"))[0] == []


async def test_unanswered_questions_are_grouped_and_name_nobody(world: World, shelf: Shelf) -> None:
    """By words, whatever their case; with why there was no answer."""
    members = [{"user": "ana", "role": "learner", "name": "Ana Lima"}]
    assert (await world.send("PUT", "/api/v1/courses/stats/roster", ADMIN, {"members": members})).status == 200
    await shelf.session("ana", "I am Ana Lima, who is Bayes?", covered=False)
    await shelf.session("ben", "i am ANA LIMA, who is bayes", covered=False, at=NOON + WEEK)
    await shelf.session("ben", "Who won?", covered=False, notice="off_topic", outcome="withheld")
    await shelf.session("ben", "What is a mean?", outcome="failed", covered=True)
    await shelf.session("ben", "What is a mode?")
    found, _ = await answer(world, "unanswered")
    assert [row[2:6] for row in found if row[3] != "not_covered"] == [
        ("What is a mean?", "failed", 1, 1),
        ("Who won?", "off_topic", 1, 1),
    ]
    (grouped,) = [row for row in found if row[3] == "not_covered"]
    assert grouped[4:] == (2, 2, "2026-03-09T12:00:00Z")
    assert "lima" not in grouped[2].lower()


async def test_misconceptions_count_returns_and_thumbs(world: World, shelf: Shelf) -> None:
    """A next question on the same passage, and answers that are called wrong."""
    (first, *_) = await shelf.session("ana", "One?", "Two?", "Three?")
    (other,) = await shelf.session("ben", "One?", cites=(ELSEWHERE,))
    (liked,) = await shelf.session("cyd", "One?")
    await shelf.session("dan", "One?", cites=())
    await rate(shelf, first, "ana", "up")
    await rate(shelf, other, "ben", "down", '["wrong","unclear"]')
    await rate(shelf, liked, "cyd", "up", '["clear"]')
    assert (await answer(world, "misconceptions"))[0] == [
        ("stats", "mean", "Averages", "averages", 2, 0, 0, 0, 2, 1),
        ("stats", "mean", "Averages › The mode", "mode", 0, 1, 1, 1, 0, 1),
    ]


async def test_a_session_of_one_question_without_a_thumb_is_a_bounce(world: World, shelf: Shelf) -> None:
    """Two questions, or a thumb up, are none."""
    await shelf.session("ana", "One?", "Two?")
    await shelf.session("ben", "One?")
    (liked,) = await shelf.session("cyd", "One?")
    await rate(shelf, liked, "cyd", "up")
    await world.database.write(
        lambda connection: connection.execute(feedback.update().values(session=_session_of(connection, liked)))
    )
    assert (await answer(world, "first-turn-bounce"))[0] == [("stats", "mean", 3, 2, 1, 33.33)]


async def test_help_levels_show_hints_and_what_was_withheld(world: World, shelf: Shelf) -> None:
    """By level; hints stand at the level of hints, and leaks with the turn that they happened in."""
    (kept,) = await shelf.session("ana", "One?", help_level="hints", request_id="req_1")
    await shelf.session("ben", "One?", help_level="explain")
    await shelf.event("ana", event_type="Leak", request_id="req_1")
    await shelf.add(
        solution_tries,
        {"tenant": "default", "message": kept, "course": "stats", "lesson": "mean", "at": NOON, "withheld": True},
    )
    ladder = {"tenant": "default", "user": "ana", "course": "stats", "lesson": "mean", "task": "t", "question": "q"}
    await shelf.add(hint_ladders, {**ladder, "step": 3, "used": NOON})
    assert (await answer(world, "help-levels"))[0] == [
        ("stats", "explain", 1, 1, 0, 0, 0, 0),
        ("stats", "hints", 1, 1, 3, 1, 1, 1),
    ]


async def test_faq_deflection_has_share_and_saving(world: World, shelf: Shelf) -> None:
    """Of answers in the chat; savings by the day, the last one included."""
    for _ in range(3):
        await shelf.turn("ana")
    await shelf.turn("ana", model="banyan/faq", notice="faq", cost=0)
    saving = {"tenant": "default", "course": "stats", "lesson": "mean", "item": "i", "calls": 1, "prompt_tokens": 5}
    saving |= {"completion_tokens": 7, "cost": 2 * CENT, "unpriced": 0}
    await shelf.add(faq_savings, {**saving, "day": "2026-03-02"}, {**saving, "day": "2026-03-03"})
    found, _ = await answer(world, "faq-deflection", to_date="2026-03-02")
    assert found == [("stats", "mean", 4, 1, 25.0, 1, 12, "0.020000000", 0)]


async def test_few_learners_are_shown_to_admins_alone(world: World, shelf: Shelf) -> None:
    """Four people who asked are too few, whatever the filter that left no more of them; five are enough."""
    for number in range(4):
        await shelf.session(f"u{number}", "One?", covered=False)
    await shelf.session("u4", "One?", lesson="mode", covered=False)
    for name in ("hot-spots", "unanswered", "first-turn-bounce", "help-levels", "faq-deflection"):
        assert (await world.get(f"/api/v1/reports/{name}?course=stats", ANA)).status == 403
        for asker in (TEACHER, MODERATOR):
            everybody, silent = await answer(world, name, asker)
            assert (bool(everybody), silent) == (True, []), name
            late, notes = await answer(world, name, asker, from_date="2026-03-03")
            assert (late, notes) == ([], [])
        if name != "help-levels":
            narrow, notes = await answer(world, name, TEACHER, lesson="mean")
            assert (narrow, len(notes)) == ([], 1), name
            assert "fewer than 5 people" in notes[0]
            assert (await answer(world, name, ADMIN, lesson="mean"))[0]


async def test_costs_of_single_learners_are_for_admins(world: World, shelf: Shelf) -> None:
    """Others see groups of five or more, without weeks of fewer people, so that no two periods differ by one person."""
    for number in range(11):
        await shelf.turn(f"u{number:02}", cost=(number + 1) * CENT)
    await shelf.turn("u00", NOON + WEEK, cost=100 * CENT)
    alone, _ = await answer(world, "cost-by-learner")
    assert len(alone) == 11
    assert alone[0] == ("stats", "u00", 1, 2, 20, 40, "1.010000000")
    grouped, notes = await answer(world, "cost-by-learner", TEACHER)
    assert grouped == [
        ("stats", "", 5, 5, 50, 100, "0.450000000"),
        ("stats", "", 6, 6, 60, 120, "0.210000000"),
    ]
    assert "whole weeks" in notes[0]
    whole = ("stats", 11, 11, 110, 220, "0.660000000")
    assert (await answer(world, "cost-by-course"))[0] == [("stats", 12, 11, 120, 240, "1.660000000")]
    for period in ({}, {"to_date": "2026-03-02"}, {"from_date": "2026-03-06", "to_date": "2026-03-10"}):
        assert (await answer(world, "cost-by-course", TEACHER, **period))[0] == [whole]
    assert (await answer(world, "cost-by-course", TEACHER, from_date="2026-03-09"))[0] == []


async def test_a_week_that_is_not_over_does_not_count(world: World, shelf: Shelf) -> None:
    """Or the difference to tomorrow's answer would be what one person cost."""
    now = world.services.clock.now()
    for number in range(6):
        await shelf.turn(f"u{number}", now)
    assert (await answer(world, "cost-by-course", TEACHER))[0] == []
    assert len((await answer(world, "cost-by-course"))[0]) == 1


def _session_of(connection: Any, message: str) -> str:
    from banyan.adapters.storage.conversation_tables import messages

    found = connection.execute(messages.select().where(messages.c.id == message)).one()
    return str(found.session)
