"""Caps: what counts, how far, and that nothing goes beyond them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant, deciding
from scripted_gateway import CITATION, CitationsFound, Step, TextDelta, says, until

from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import open_database
from banyan.assistant.domain.policy import Mode, Policy
from banyan.assistant.ports.model_gateway import AnswerDone
from banyan.kernel.errors import UpstreamFailed

ASKER = Path(__file__).parents[1] / "support" / "asker.py"
PAID = "test/model"


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


async def limits(world: World, asker: dict[str, str] = ANA, user: str = "ana") -> Any:
    return (await world.get(f"/api/v1/users/{user}/limits?course=stats", asker)).json


@pytest.mark.parametrize("stream", [False, True])
async def test_the_fourth_question_of_three_is_refused_and_not_stored(world: World, stream: bool) -> None:
    """D-30: plain and streamed alike, with a notice that says when it is over."""
    deciding(world, Policy(max_messages_per_user_per_day=3))
    for number in range(3):
        assert "notice" not in (await world.ask(f"{number}?")).json
    reply = await world.ask("4?", stream=stream)
    notice = (reply.events[0] if stream else reply.json)["notice"]
    oldest = datetime.fromisoformat((await world.history())[0]["created"])
    assert (reply.status, notice["code"]) == (200, "message_cap")
    assert datetime.fromisoformat(notice["resets_at"]) == oldest + timedelta(hours=24)
    assert len(await world.history()) == 6
    assert len(world.gateway.asked) == 3


async def test_caps_count_all_sessions_of_one_learner_in_one_course(world: World) -> None:
    """D-01: a new session or another lesson is no way around it; the neighbour and the other tenant have their own."""
    deciding(world, Policy(max_messages_per_user_per_day=2))
    await world.ask()
    await world.post("/api/v1/sessions", {"course": "stats", "lesson": "mean"})
    await world.ask(lesson="mode")
    assert (await world.ask()).json["notice"]["code"] == "message_cap"
    assert "notice" not in (await world.ask(asker=BEN)).json
    assert (await limits(world, STRANGER))["used_messages_today"] == 0


async def test_a_price_that_just_fits_the_cost_cap_is_paid(world: World) -> None:
    """D-30: three answers of 0.10 fit 0.30, as they would not in floating point."""
    cents = Policy(cost_per_message=Decimal("0.10"), cost_cap_per_user_per_day=Decimal("0.30"))
    deciding(world, cents)
    for _ in range(3):
        assert "notice" not in (await world.ask(model=PAID)).json
    assert (await world.ask(model=PAID)).json["notice"]["code"] == "cost_cap"
    assert "notice" not in (await world.ask()).json  # quoted from the lesson, which costs nothing


@pytest.mark.parametrize("broken", [[UpstreamFailed("Away; ask again.")], [TextDelta("Ha"), UpstreamFailed("Away.")]])
async def test_an_answer_that_failed_gives_its_place_back(world: World, broken: list[Step]) -> None:
    """D-30: the failure of a provider is not the learner's."""
    deciding(world, Policy(max_messages_per_user_per_day=1, cost_per_message=Decimal(1)))
    world.gateway.scripts = [broken, says("A mean.")]
    assert (await world.ask(model=PAID)).status == 502
    assert (await limits(world))["used_messages_today"] == 0
    assert "notice" not in (await world.ask(model=PAID)).json
    assert (await limits(world))["used_messages_today"] == 1


async def test_an_answer_that_fell_back_to_quoting_costs_nothing_and_says_so(world: World) -> None:
    """D-30, D-34: the learner is told that no model answered, then and in the history."""
    deciding(world, Policy(cost_per_message=Decimal("0.10"), cost_cap_per_user_per_day=Decimal("0.30")))
    world.gateway.scripts = [
        [CitationsFound((CITATION,)), TextDelta("A mean."), AnswerDone("stop", "banyan/extractive", 0, 0)]
    ]
    assert (await world.ask(model=PAID)).json["notice"]["code"] == "fallback"
    assert (await world.ask(model=PAID, stream=True)).events[-3]["notice"]["code"] == "fallback"
    assert [message.get("notice", {}).get("code") for message in await world.history()] == [None, "fallback"] * 2
    assert (await limits(world))["spend_today"] == 0


async def test_a_learner_who_leaves_before_the_first_word_pays_nothing(world: World) -> None:
    """The question counts all the same, or leaving would be a way around the cap."""
    deciding(world, Policy(cost_per_message=Decimal("0.10")))
    world.gateway.scripts = [[asyncio.Event()]]
    asking = asyncio.create_task(world.ask(model=PAID))

    async def arrived() -> bool:
        return len(world.gateway.asked) == 1

    await until(arrived)
    assert (await limits(world))["spend_today"] == 0.1
    asking.cancel()

    async def left() -> bool:
        return (await limits(world))["spend_today"] == 0

    await until(left)
    assert (await limits(world))["used_messages_today"] == 1


async def test_a_question_that_is_repeated_with_its_key_counts_once(world: World) -> None:
    """Whether it had failed or been answered."""
    deciding(world, Policy(max_messages_per_user_per_day=2, cost_per_message=Decimal("0.10")))
    world.gateway.scripts = [[UpstreamFailed("Away; ask again.")], says("A mean.")]
    assert (await world.ask(key="k1", model=PAID)).status == 502
    for _ in range(3):
        assert (await world.ask(key="k1", model=PAID)).status == 200
    found = await limits(world)
    assert (found["used_messages_today"], found["spend_today"]) == (1, 0.1)


async def test_a_place_that_was_given_back_is_not_there_for_a_repetition_once_it_is_taken(world: World) -> None:
    """The repetition is refused like any question."""
    deciding(world, Policy(max_messages_per_user_per_day=1))
    world.gateway.scripts = [[UpstreamFailed("Away; ask again.")], says("A mean.")]
    assert (await world.ask(key="k1")).status == 502
    await world.ask("Another one?")
    assert (await world.ask(key="k1")).json["notice"]["code"] == "message_cap"


async def test_limits_are_the_numbers_that_are_enforced(world: World) -> None:
    """D-06: the eight keys of the monolith, and when there is more."""
    deciding(
        world,
        Policy(
            max_messages_per_user_per_day=5,
            cost_per_message=Decimal("0.10"),
            cost_cap_per_user_per_day=Decimal("0.30"),
        ),
    )
    await world.ask(model=PAID)
    created = datetime.fromisoformat((await world.history())[0]["created"])
    found = await limits(world)
    assert datetime.fromisoformat(found.pop("resets_at")) == created + timedelta(hours=24)
    assert found == {
        "max_messages_per_user_per_day": 5,
        "used_messages_today": 1,
        "messages_left": 4,
        "cost_per_message": 0.1,
        "cost_cap_per_user_per_day": 0.3,
        "spend_today": 0.1,
        "cost_left": 0.2,
        "enabled": True,
    }


async def test_limits_without_caps_have_nothing_left_to_say(world: World) -> None:
    """What has no cap is null; a course that is switched off says so."""
    deciding(world, Policy(enabled=False, mode=Mode.HEURISTIC, cost_cap_per_user_per_day=Decimal(1)))
    assert await limits(world) == {
        "max_messages_per_user_per_day": 0,
        "used_messages_today": 0,
        "messages_left": None,
        "cost_per_message": 0.0,
        "cost_cap_per_user_per_day": 1.0,
        "spend_today": 0.0,
        "cost_left": None,
        "enabled": False,
        "resets_at": None,
    }


async def test_limits_are_for_the_learner_and_the_staff_of_the_course(world: World) -> None:
    """The neighbour is refused, the owner and the teacher are told."""
    await world.ask()
    path = "/api/v1/users/ana/limits?course=stats"
    assert (await world.get(path, BEN)).status == 403
    assert (await world.get(path, TEACHER)).json["used_messages_today"] == 1
    assert (await world.get(path)).json["used_messages_today"] == 1


@pytest.mark.parametrize(("cap", "most"), [("messages", 20), ("cost", 15)])
async def test_two_hundred_callers_of_two_processes_never_go_beyond_a_cap(house_url: str, cap: str, most: int) -> None:
    """D-30: check and count are one, whichever process asks."""
    processes = [started(house_url, "100", cap) for _ in range(2)]
    told = [await asyncio.to_thread(process.communicate, timeout=120) for process in processes]
    assert sum(int(out) for out, _ in told) == most


async def test_a_killed_process_leaves_no_place_taken(house_url: str) -> None:
    """A question whose process died counts until its lease is over, and then costs nothing."""
    process = started(house_url, "1", "cost", "stay")
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "asked\n"
        database = await open_database(house_url)
        store = SqlConversations(database)
        now = datetime.now(UTC)
        assert len(await store.charges("school", "ana", "stats", now=now)) == 1
        process.kill()
        await asyncio.to_thread(process.wait)
        assert len(await store.charges("school", "ana", "stats", now=now)) == 1
        assert await store.charges("school", "ana", "stats", now=now + timedelta(seconds=3)) == []
        await database.close()
    finally:
        process.kill()
        process.communicate()


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, str(ASKER), *arguments], stdout=subprocess.PIPE, text=True)
