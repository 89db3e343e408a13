"""The log of turns: one row for every try, on every path."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from assistant_world import ANA, BEN, STRANGER, TEACHER, World, assistant, deciding
from msgspec import structs
from scripted_gateway import CITATION, CitationsFound, TextDelta, says, until

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.turn_log import SqlTurnLog
from banyan.assistant.domain.guarding import Action, Finding, Stage
from banyan.assistant.domain.policy import Policy
from banyan.assistant.ports.turn_log import EventQuery, GuardrailEvent, TurnRecord
from banyan.kernel.errors import UpstreamFailed

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TURN = TurnRecord("default", "try_1", NOW, "ana", "stats", "mean", "chat", "answered")
EVENT = GuardrailEvent(
    "default",
    "gev_1",
    NOW,
    "ana",
    "stats",
    "mean",
    "chat",
    "injection",
    Stage.QUESTION,
    Finding(Action.WITHHOLD, "Injection", "ignore previous"),
    "req_1",
)
PAID = "test/model"


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


@pytest.fixture
async def database(house_url: str) -> AsyncIterator[Database]:
    database = await open_database(house_url)
    yield database
    await database.close()


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_logged_with_what_it_took(world: World, stream: bool) -> None:
    """D-05, D-33: a stream as well as a plain one, with the model that answered, tokens, cost and request."""
    deciding(world, Policy(cost_per_message=Decimal("0.05")))
    reply = await world.ask(model=PAID, stream=stream)
    headers = {name.lower(): value for name, value in reply.headers.items()}
    (row,) = await world.logged()
    kept = (await world.history())[-1]
    assert (row.user, row.course, row.lesson, row.surface, row.outcome) == ("ana", "stats", "mean", "chat", "answered")
    assert (row.model, row.status_code, row.error, row.notice) == ("test/model", 200, "", "")
    assert (row.prompt_tokens, row.completion_tokens, row.cost) == (5, 7, 50_000_000)
    assert (row.stream, row.covered, row.message, row.help_level) == (stream, True, kept["id"], "explain")
    assert row.request_id == headers["x-request-id"]
    assert 0 <= row.first_token_ms <= row.latency_ms


@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_is_logged_with_its_status_and_words(world: World, stream: bool) -> None:
    """D-33, D-34: 500 characters of the error, and no cost."""
    deciding(world, Policy(cost_per_message=Decimal("0.05")))
    world.gateway.scripts = [[CitationsFound(()), UpstreamFailed("Away! " * 200, status=503)]]
    await world.ask(model=PAID, stream=stream)
    (row,) = await world.logged()
    assert (row.outcome, row.status_code, row.cost, row.covered) == ("failed", 503, 0, False)
    assert (len(row.error), row.error[:5]) == (500, "Away!")


async def test_a_refusal_is_logged_with_its_notice(world: World) -> None:
    """Nothing was asked of any model."""
    deciding(world, Policy(enabled=False))
    await world.ask()
    (row,) = await world.logged()
    assert (row.outcome, row.notice, row.status_code, row.model) == ("withheld", "assistant_off", 0, "")


async def test_a_learner_who_leaves_is_logged_as_interrupted(world: World) -> None:
    """With what had been said by then."""
    world.gateway.scripts = [[CitationsFound((CITATION,)), TextDelta("A mean. It is"), asyncio.Event()]]
    asking = asyncio.create_task(world.ask(stream=True))

    async def arrived() -> bool:
        return len(world.gateway.asked) == 1

    await until(arrived)
    asking.cancel()

    async def logged() -> bool:
        return [row.outcome for row in await world.logged()] == ["interrupted"]

    await until(logged)


async def test_what_the_caller_did_wrong_is_no_try(world: World) -> None:
    """An unknown lesson, an empty question, and an answer that is only repeated."""
    await world.ask(lesson="alchemy")
    await world.ask(" ")
    assert await world.logged() == []
    world.gateway.scripts = [says("A mean.")]
    for _ in range(2):
        await world.ask(key="k1")
    assert len(await world.logged()) == 1


async def test_rows_are_written_in_batches_and_none_is_lost_at_a_stop(database: Database) -> None:
    """More rows than fit a batch, logged in a moment, in order."""
    log = SqlTurnLog(database)
    async with log.running():
        for number in range(1_200):
            log.turn(structs.replace(TURN, id=f"try_{number}"))
        log.events([EVENT])
    assert await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM turn_log").scalar()) == 1_200
    assert await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM guardrail_events").scalar()) == 1


async def test_snippets_are_short_and_survive_any_character(database: Database) -> None:
    """A lone surrogate or U+0000 does not lose the row; 240 characters are kept."""
    log = SqlTurnLog(database)
    odd = structs.replace(EVENT, finding=structs.replace(EVENT.finding, snippet="\ud800\x00" + "x" * 300))
    log.events([odd])
    (kept,) = await log.guardrail_events("default", EventQuery(), limit=9)
    assert kept.finding.snippet == "\ufffd\ufffd" + "x" * 238


async def test_what_is_too_old_is_forgotten(database: Database) -> None:
    """Of the tenant alone, and only before the time."""
    log = SqlTurnLog(database)
    for number, tenant in enumerate(("default", "default", "elsewhere")):
        log.turn(structs.replace(TURN, tenant=tenant, id=f"try_{number}", at=NOW + timedelta(days=number)))
    assert await log.forget(EventQuery(until=NOW + timedelta(days=1)), "default") == 1
    assert await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM turn_log").scalar()) == 2


async def test_staff_read_what_guardrails_found_in_their_course(world: World) -> None:
    """The learner is refused, the stranger finds nothing, filters narrow."""
    world.services.turns.log.events([EVENT, replace_event("gev_2", course="botany", user="ben")])
    path = "/api/v1/guardrail-events"
    assert (await world.get(f"{path}?course=stats", BEN)).status == 403
    assert (await world.get(f"{path}?course=stats", STRANGER)).json == {"events": []}
    assert (await world.get(path, TEACHER)).code == "course_missing"
    (found,) = (await world.get(f"{path}?course=stats", TEACHER)).json["events"]
    assert found == {
        "id": "gev_1",
        "time": "2026-01-01T12:00:00Z",
        "user": "ana",
        "course": "stats",
        "lesson": "mean",
        "source": "chat",
        "guardrail": "injection",
        "stage": "question",
        "action": "withhold",
        "event_type": "Injection",
        "snippet": "ignore previous",
        "alert": False,
        "request_id": "req_1",
    }
    moderator = {**ANA, "X-Banyan-Roles": "moderator"}
    everything = (await world.get(path, moderator)).json["events"]
    assert [event["id"] for event in everything] == ["gev_2", "gev_1"]
    for narrow in (
        "user=ben",
        "course=botany",
        "from=2026-01-01T12:00:00Z&course=botany",
        "event_type=Injection&user=ben",
    ):
        assert [event["id"] for event in (await world.get(f"{path}?{narrow}", moderator)).json["events"]] == ["gev_2"]
    for empty in ("to=2026-01-01T12:00:00Z", "source=external", "lesson=mode"):
        assert (await world.get(f"{path}?{empty}", moderator)).json["events"] == []


def replace_event(id: str, **fields: object) -> GuardrailEvent:
    return structs.replace(EVENT, id=id, **fields)
