"""A service answers for its process from the first moment, and for its contents once they are there."""

import asyncio
from typing import Any

from banyan.app.servers import Doorway


async def answer_to(doorway: Doorway, path: str) -> list[dict[str, Any]]:
    """What a GET request of the path is sent."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await doorway({"type": "http", "method": "GET", "path": path, "headers": []}, None, send)
    return sent


async def greet(scope: Any, receive: Any, send: Any) -> None:
    """An application that says which path it was asked for."""
    await send({"path": scope["path"]})


async def test_health_is_answered_before_the_application_is_there() -> None:
    """The process is alive, whatever is still being opened."""
    start, body = await answer_to(Doorway("ai-proxy"), "/health")
    assert start["status"] == 200
    assert b'"status": "healthy", "service": "ai-proxy"' in body["body"]


async def test_other_requests_wait_for_the_application() -> None:
    """A request that comes early is answered by the application, not refused."""
    doorway = Doorway("ai-proxy")
    early = asyncio.create_task(answer_to(doorway, "/v1/models"))
    await asyncio.sleep(0)
    assert not early.done()
    doorway.open(greet)
    assert await early == [{"path": "/v1/models"}]
    assert await answer_to(doorway, "/health") == [{"path": "/health"}]


async def test_failed_start_answers_whoever_waits() -> None:
    """Nobody hangs on a service that will not come."""
    doorway = Doorway("ai-proxy")
    early = asyncio.create_task(answer_to(doorway, "/v1/models"))
    await asyncio.sleep(0)
    doorway.close()
    start, _ = await early
    assert start["status"] == 503
