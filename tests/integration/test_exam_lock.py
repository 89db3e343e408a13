"""Exam locks: who is locked out of what, how fast, and what proves it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant
from scripted_gateway import CITATION, CitationsFound, TextDelta, until

from banyan.adapters.storage.engine import open_database
from banyan.app.assisting_turns import open_surroundings
from banyan.kernel.clock import SystemClock

LOCK = "/api/v1/courses/stats/lock"
ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


async def lock(world: World, **fields: Any) -> Any:
    reply = await world.send("PUT", LOCK, TEACHER, fields)
    assert reply.status == 200, reply.body
    return reply.json


async def notice_of(world: World, asker: dict[str, str] = ANA, *, stream: bool = False) -> str | None:
    reply = await world.ask(asker=asker, stream=stream)
    told = (reply.events[0] if stream else reply.json).get("notice")
    return told and told["code"]


@pytest.mark.parametrize("stream", [False, True])
async def test_an_open_exam_closes_chat_to_its_learners_alone(world: World, stream: bool) -> None:
    """The named learner is told why; the neighbour and the teacher are answered."""
    await lock(world, learners=["ana"])
    assert await notice_of(world, stream=stream) == "exam_lock"
    assert await notice_of(world, BEN, stream=stream) is None
    assert await notice_of(world, TEACHER, stream=stream) is None
    assert len(world.gateway.asked) == 2


async def test_everything_of_the_course_is_closed_to_learners_in_the_exam(world: World) -> None:
    """What was said before the exam would be a crib as well."""
    session = (await world.ask()).json["session"]
    await lock(world)
    for path in (
        "/api/v1/sessions/stats/mean/history",
        f"/api/v1/sessions/{session}/messages",
        "/api/v1/sessions?course=stats",
        "/api/v1/courses/stats/lessons/mean",
    ):
        reply = await world.get(path)
        assert (reply.status, reply.code) == (403, "exam_lock"), path
    begun = await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
    assert (begun.status, begun.code) == (403, "exam_lock")
    assert (await world.get("/api/v1/sessions")).json == {"sessions": []}
    assert (await world.get("/api/v1/users/ana/limits?course=stats")).json["enabled"] is False
    assert len((await world.get("/api/v1/sessions/stats/mean/history?user=ana", TEACHER)).json["messages"]) == 2
    await world.send("DELETE", LOCK, TEACHER)
    assert len(await world.history()) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_under_way_ends_when_the_exam_begins(world: World, stream: bool) -> None:
    """The learner is told so at once, nothing more is said, and the model is cancelled."""
    world.gateway.scripts = [[CitationsFound((CITATION,)), TextDelta("A mean. It is "), asyncio.Event()]]
    asking = asyncio.create_task(world.ask(stream=stream))

    async def arrived() -> bool:
        return len(world.gateway.asked) == 1

    await until(arrived)
    await lock(world)
    reply = await asyncio.wait_for(asking, 5)
    assert world.gateway.cancelled == 1
    if stream:
        *_, told, last, done = reply.events
        assert (told["notice"]["code"], last["choices"][0]["finish_reason"], done) == (
            "exam_lock",
            "content_filter",
            "[DONE]",
        )
    else:
        choice = reply.json["choices"][0]
        assert (reply.json["notice"]["code"], choice["finish_reason"]) == ("exam_lock", "content_filter")
        assert "mean" not in choice["message"]["content"]
    kept = (await world.get("/api/v1/sessions/stats/mean/history?user=ana", TEACHER)).json["messages"][-1]
    assert (kept["status"], kept["notice"]["code"]) == ("interrupted", "exam_lock")


async def test_several_locks_are_in_force_at_a_time_and_each_can_be_lifted(world: World) -> None:
    """The same lock twice is one."""
    first = await lock(world, learners=["ana"], reason="Midterm")
    again = await lock(world, learners=["ana"], reason="Midterm")
    second = await lock(world, learners=["ben"])
    assert first["id"] == again["id"] != second["id"]
    lifted = await world.send("DELETE", f"{LOCK}?id={first['id']}", TEACHER)
    assert lifted.json == {"lifted": [first["id"]]}
    assert (await world.send("DELETE", f"{LOCK}?id={first['id']}", TEACHER)).code == "unknown_lock"
    assert await notice_of(world) is None
    assert await notice_of(world, BEN) == "exam_lock"


async def test_a_lock_begins_and_ends_by_the_clock(world: World) -> None:
    """One that is announced ends an answer when its time has come, without another request."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    world.gateway.scripts = [[CitationsFound((CITATION,)), TextDelta("A mean. "), asyncio.Event()]]
    await lock(world, since=soon.isoformat(), until=(soon + timedelta(seconds=1)).isoformat())
    reply = await asyncio.wait_for(world.ask(), 5)
    assert reply.json["notice"]["code"] == "exam_lock"
    assert datetime.now(UTC) >= soon

    async def over() -> bool:
        return (await world.get("/api/v1/sessions/stats/mean/history")).status == 200

    await until(over)


async def test_a_lock_of_another_process_is_in_force_within_a_second(world: World, house_url: str) -> None:
    """Set there, seen here; lifted here, gone there."""
    database = await open_database(house_url)
    async with open_surroundings(database, SystemClock()) as elsewhere:
        await lock(world)
        asked = asyncio.get_running_loop().time()

        async def closed() -> bool:
            return await elsewhere.board.lock_for("default", "stats", "ana", datetime.now(UTC)) is not None

        await until(closed)
        assert asyncio.get_running_loop().time() - asked < 1
        # Lifted, it is so for the very next question, wherever that goes.
        await world.send("DELETE", LOCK, TEACHER)
        assert not await closed()
    await database.close()


async def test_locks_are_for_the_staff_of_the_course_and_of_the_tenant(world: World) -> None:
    """Learners may not even look; the other tenant's locks close nothing here."""
    for method in ("PUT", "GET", "DELETE"):
        assert (await world.send(method, LOCK, ANA, {} if method == "PUT" else None)).status == 403
    roster = {"members": [{"user": "tess", "role": "instructor"}]}
    assert (await world.send("PUT", "/api/v1/courses/other/roster", ADMIN, roster)).status == 200
    other = {"X-Banyan-User": "otto", "X-Banyan-Roles": "instructor"}
    assert (await world.send("PUT", "/api/v1/courses/other/lock", other, {})).status == 403
    assert (await world.send("PUT", LOCK, STRANGER, {})).status == 200
    assert await notice_of(world) is None


async def test_a_lock_that_ends_before_it_begins_is_refused(world: World) -> None:
    """So is one that is over."""
    reply = await world.send("PUT", LOCK, TEACHER, {"until": "2020-01-01T00:00:00Z"})
    assert (reply.status, reply.json["error"]["param"]) == (400, "until")


async def test_the_record_proves_who_locked_and_every_refused_try(world: World) -> None:
    """Locks that were lifted stay, and each refusal is a row of the log."""
    made = await lock(world, reason="Final")
    for stream in (False, True):
        await world.ask(stream=stream)
    await world.send("DELETE", LOCK, ADMIN)
    (kept,) = (await world.send("GET", LOCK, TEACHER)).json["locks"]
    assert (kept["id"], kept["by"], kept["reason"], kept["lifted_by"]) == (made["id"], "tess", "Final", "ada")
    assert kept["at"] <= kept["lifted_at"]
    rows = await world.logged()
    assert [(row.user, row.outcome, row.notice, row.stream) for row in rows] == [
        ("ana", "withheld", "exam_lock", False),
        ("ana", "withheld", "exam_lock", True),
    ]
