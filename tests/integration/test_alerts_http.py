"""Alerts over HTTP: who sees which, and how often one may look."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from assistant_world import ANA, STRANGER, TEACHER, World, assistant

from banyan.assistant.domain.alerts import Alert, AlertKind

ADMIN = {"X-Banyan-User": "root", "X-Banyan-Roles": "admin"}
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with assistant(tmp_path) as opened:
        for kind, course in ((AlertKind.HEALTH, "stats"), (AlertKind.DOWN, "")):
            key = f"{kind}:{course}".rstrip(":")
            alert = Alert("default", f"alert_{kind}", key, kind, course, "Something is wrong.", NOW)
            await opened.services.alerts.store.put(alert)
        yield opened


async def kinds(world: World, asker: dict[str, str], query: str = "") -> tuple[int, list[str]]:
    reply = await world.get(f"/api/v1/alerts{query}", asker)
    return reply.status, [one["kind"] for one in reply.json["alerts"]] if reply.status == 200 else []


async def test_everybody_sees_the_alerts_that_concern_them(world: World) -> None:
    """Learners none, a teacher those of the course, an admin all, the neighbour school none of ours."""
    assert (await kinds(world, ANA))[0] == 403
    assert (await kinds(world, TEACHER))[0] == 403
    assert await kinds(world, TEACHER, "?course=stats") == (200, ["health"])
    assert await kinds(world, ADMIN) == (200, ["health", "down"])
    assert await kinds(world, STRANGER) == (200, [])


async def test_the_first_to_acknowledge_counts(world: World) -> None:
    """A teacher of the course may; what is about the tenant is hidden from them; a stranger finds nothing."""
    seen = await world.post("/api/v1/alerts/alert_health/acknowledge", {}, TEACHER)
    assert (seen.status, seen.json["acknowledged_by"]) == (200, "tess")
    again = await world.post("/api/v1/alerts/alert_health/acknowledge", {}, ADMIN)
    assert again.json["acknowledged_by"] == "tess"
    assert (await world.post("/api/v1/alerts/alert_down/acknowledge", {}, TEACHER)).status == 404
    assert (await world.post("/api/v1/alerts/alert_health/acknowledge", {}, STRANGER)).status == 404


async def test_looking_is_for_admins_and_not_all_the_time(world: World) -> None:
    """The second look within ten seconds is told to wait; teachers and learners may not look at all."""
    for asker in (ANA, TEACHER):
        assert (await world.post("/api/v1/tasks/check-alerts", {}, asker)).status == 403
    looked = await world.post("/api/v1/tasks/check-alerts", {}, ADMIN)
    assert (looked.status, [one["kind"] for one in looked.json["alerts"]]) == (200, [])
    again = await world.post("/api/v1/tasks/check-alerts", {}, ADMIN)
    assert (again.status, "Retry-After" in again.headers) == (429, True)
