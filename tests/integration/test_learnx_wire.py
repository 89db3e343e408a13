"""Every endpoint that the unmodified clients of LEARN-X call, with the requests that they send."""

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from assistant_world import World, assistant

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with assistant(tmp_path_factory.mktemp("learnx")) as opened:
        yield opened


async def test_health_is_any_2xx_with_the_names_of_the_older_service(world: World) -> None:
    """W1."""
    reply = await world.get("/api/v1/health", {})
    assert (reply.status, reply.json["status"]) == (200, "healthy")
    assert set(reply.json) == {"status", "service", "version", "environment", "timestamp"}


async def test_root_health_says_healthy_and_a_version(world: World) -> None:
    """W17: `testConnectivity` asks for exactly this word."""
    reply = await world.get("/health", {"Content-Type": "application/json", "X-Source-Service": "learn-x-api"})
    assert (reply.status, reply.json["status"]) == (200, "healthy")
    assert reply.json["version"]


async def test_metrics_are_json_for_clients_and_text_for_prometheus(world: World) -> None:
    """W18: by `Accept`, without a redirect, measured, and finite."""
    before = (await world.get("/metrics", {"Accept": "application/json"})).json
    await world.get("/health", {})
    reply = await world.get("/metrics", {"Accept": "application/json"})
    assert reply.json["requests_total"] == before["requests_total"] + 2
    assert reply.json["requests_per_minute"] >= 2
    assert set(reply.json) == {
        "requests_total",
        "requests_per_minute",
        "average_response_time",
        "error_rate",
        "cache_hit_rate",
    }
    assert all(math.isfinite(value) for value in reply.json.values())
    for accept in ("*/*", "text/plain", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1"):
        text = await world.get("/metrics", {"Accept": accept})
        assert (text.status, text.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
        assert b"# HELP" in text.body


@pytest.mark.parametrize("part", ["ai", "queue", "embeddings"])
async def test_scripts_ask_about_single_parts(part: str, world: World) -> None:
    """W26."""
    reply = await world.get(f"/health/{part}", {})
    assert (reply.status, reply.json) == (200, {"status": "healthy", "service": part, "reason": ""})


async def test_what_is_down_is_said_with_503_by_readiness_and_with_200_in_detail(tmp_path: Path) -> None:
    """A5: the older service said 200 to whoever asked whether it was ready."""
    async with assistant(tmp_path) as world:
        assert (await world.get("/api/v1/ready", {})).json == {"ready": True}
        world.gateway.is_healthy = False
        ready = await world.get("/api/v1/ready", {})
        assert (ready.status, ready.json) == (503, {"ready": False})
        detailed = await world.get("/api/v1/health/detailed", {})
        assert (detailed.status, detailed.json["status"]) == (200, "degraded")
        assert detailed.json["components"]["ai_provider"]["status"] == "unhealthy"
        assert set(detailed.json["components"]) == {"database", "queue", "ai_provider"}
        assert (await world.get("/health/ai", {})).status == 503
        assert (await world.get("/health", {})).json["status"] == "healthy"


async def test_errors_have_the_fields_of_both_clients(world: World) -> None:
    """1.7: `message` for the content client, `detail` for others, and code and request id for people."""
    reply = await world.get("/nowhere-at-all", {})
    assert reply.status == 404
    assert {"message", "detail", "code", "request_id", "error"} <= set(reply.json)
    assert reply.json["code"] == reply.json["error"]["code"] == "not_found"
