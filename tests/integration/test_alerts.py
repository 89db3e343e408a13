"""Alerts over a real log of turns: raised, told once, sent, and over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from banyan.adapters.notices.webhook import post, signature
from banyan.adapters.storage.alerts import SqlAlerts, SqlOutbox
from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.turn_log import SqlTurnLog
from banyan.assistant.domain.alerts import AlertKind, AlertState
from banyan.assistant.ports.turn_log import TurnRecord
from banyan.assistant.usecases.admit import BuiltInPolicies
from banyan.assistant.usecases.check_alerts import CheckAlerts
from banyan.kernel.errors import UpstreamFailed
from banyan.kernel.ids import new_id
from banyan.kernel.money import Money

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    moment: datetime = MONDAY

    def now(self) -> datetime:
        return self.moment


@dataclass
class Rests:
    """Courses that rest."""

    paused: dict[tuple[str, str], str] = field(default_factory=dict)

    async def pause(self, tenant: str, course: str, reason: str, by: str) -> None:
        self.paused[tenant, course] = reason

    async def resume(self, tenant: str, course: str, by: str) -> None:
        self.paused.pop((tenant, course), None)


@dataclass
class World:
    log: SqlTurnLog
    alerts: SqlAlerts
    outbox: SqlOutbox
    clock: Clock
    rests: Rests
    well: bool = True

    async def healthy(self) -> bool:
        return self.well

    def look(self) -> CheckAlerts:
        policies = BuiltInPolicies()
        return CheckAlerts(self.alerts, self.alerts, policies, self.outbox, self.clock, self.healthy, self.rests)

    async def asked(
        self, count: int, outcome: str, *, ago: float = 1, ms: int = 100, course: str = "c", cost: int = 0
    ) -> None:
        at = self.clock.now() - timedelta(minutes=ago)
        for _ in range(count):
            one = TurnRecord("t", new_id("turn"), at, "ana", course, "l", "chat", outcome, latency_ms=ms)
            self.log.turn(
                TurnRecord(**{name: getattr(one, name) for name in one.__struct_fields__} | {"cost": Money(cost)})
            )
        await self.log.flush()

    async def kinds(self) -> list[tuple[AlertKind, AlertState]]:
        return [(one.kind, one.state) for one in await self.alerts.page("t", limit=50)]


@pytest.fixture
async def world(house_url: str) -> AsyncIterator[World]:
    database = await open_database(house_url)
    clock = Clock()
    outbox = SqlOutbox(database, clock, ["https://hook.example"], timedelta(minutes=60))
    yield World(SqlTurnLog(database), SqlAlerts(database), outbox, clock, Rests())
    await database.close()


async def test_a_course_is_paused_told_of_and_recovers(world: World) -> None:
    """From the first bad window to the end, with one message for each: nobody has to clear anything."""
    await world.asked(8, "answered")
    await world.asked(2, "failed")
    await world.asked(1, "failed", course="small")
    look = world.look()
    await look.check()
    await look.check()
    assert world.rests.paused == {("t", "c"): "Paused by an alert: 20.00 % of 10 answers failed."}
    assert await world.kinds() == [(AlertKind.HEALTH, AlertState.PAUSED)]
    assert len(await world.outbox.waiting(10)) == 1
    world.clock.moment += timedelta(minutes=5)
    await look.check()
    assert world.rests.paused == {}
    world.clock.moment += timedelta(minutes=5)
    await look.check()
    assert await world.kinds() == [(AlertKind.HEALTH, AlertState.CLOSED)]
    assert [letter.body["state"] for letter in await world.outbox.waiting(10)] == ["paused", "closed"]


async def test_what_policy_refused_counts_neither_way(world: World) -> None:
    """A hundred questions over a cap are no failures, and no answers."""
    await world.asked(100, "withheld")
    await world.asked(9, "failed")
    await world.look().check()
    assert AlertKind.HEALTH not in [kind for kind, _ in await world.kinds()]


@pytest.mark.parametrize("kind", ["slow", "errors", "down", "unanswered", "cost", "silence"])
async def test_a_tenant_is_told_of_each_kind_of_trouble(world: World, kind: str) -> None:
    """Beyond 10 s, beyond 5 %, no proxy, no answers, a dear day, and silence where there never was any."""
    if kind == "slow":
        await world.asked(20, "answered", ms=10_001, ago=30)
    elif kind == "errors":
        await world.asked(94, "answered", ago=30)
        await world.asked(6, "failed", ago=30)
    elif kind == "down":
        world.well = False
        await world.asked(1, "answered", ago=30)
    elif kind == "unanswered":
        await world.asked(5, "failed", ago=10)
    elif kind == "cost":
        for day in range(1, 5):
            await world.asked(1, "answered", ago=day * 24 * 60 + 60, cost=100)
        await world.asked(1, "answered", ago=60, cost=121)
    else:
        for week in range(1, 4):
            await world.asked(5, "answered", ago=week * 7 * 24 * 60 + 45)
        await world.asked(1, "answered", ago=180)
    await world.look().check()
    assert [found.value for found, _ in await world.kinds()] == [kind]
    world.well = True
    world.clock.moment += timedelta(days=2)
    if kind == "silence":
        await world.asked(1, "answered")
    await world.look().check()
    assert [state for _, state in await world.kinds()] == [AlertState.CLOSED]


async def test_a_tenant_that_fell_silent_days_ago_is_told_of_once(world: World) -> None:
    """Also where its next usual hour comes a week after the last question; it is over when somebody asks."""
    for week in range(1, 5):
        await world.asked(5, "answered", ago=week * 7 * 24 * 60 + 45)
    look = world.look()
    for hours in range(0, 50):
        await look.check()
        assert await world.kinds() == [(AlertKind.SILENCE, AlertState.OPEN)], hours
        world.clock.moment += timedelta(hours=1)
    assert len(await world.outbox.waiting(100)) == 1
    await world.asked(1, "answered")
    await look.check()
    assert await world.kinds() == [(AlertKind.SILENCE, AlertState.CLOSED)]


async def test_whoever_has_been_silent_for_five_weeks_is_left_alone(world: World) -> None:
    """Nothing is expected of a school that stopped, and its open alert ends."""
    for week in range(1, 5):
        await world.asked(5, "answered", ago=week * 7 * 24 * 60 + 45)
    look = world.look()
    await look.check()
    world.clock.moment += timedelta(days=36)
    await look.check()
    assert await world.kinds() == [(AlertKind.SILENCE, AlertState.CLOSED)]
    world.well = False
    world.clock.moment += timedelta(hours=2)
    await look.check()
    assert len(await world.kinds()) == 1


async def test_a_web_hook_gets_a_signed_body() -> None:
    """Whoever has the secret can check it; a refusal is an error that is tried again."""
    seen: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response(status=200 if len(seen) == 1 else 500)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        await post(f"http://127.0.0.1:{port}/hook", "secret", "letter_1", {"kind": "down"})
        headers, body = seen[0]
        assert headers["X-Banyan-Signature"] == f"sha256={signature('secret', headers['X-Banyan-Time'], body)}"
        with pytest.raises(UpstreamFailed):
            await post(f"http://127.0.0.1:{port}/hook", "secret", "letter_1", {"kind": "down"})
    finally:
        await runner.cleanup()
    with pytest.raises(UpstreamFailed):
        await post(f"http://127.0.0.1:{port}/hook", "secret", "letter_1", {})


async def test_two_processes_tell_once(world: World) -> None:
    """Ten at once queue one message for each place."""
    await world.asked(10, "failed")
    look = world.look()
    await look.check()
    [alert] = [one for one in await world.alerts.page("t", limit=9) if one.kind is AlertKind.HEALTH]
    told = await asyncio.gather(*(world.outbox.tell(alert) for _ in range(10)))
    assert not any(told)
    assert await world.outbox.tell(alert, "tutor@school.example")
