"""The process's one Redis client: short deadlines, and no reply that reaches the wrong caller."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest
from private_servers import private_redis

from banyan.app.redis_client import SharedRedis, open_redis, ping
from banyan.kernel.errors import InvalidInput, Unavailable


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[SharedRedis]:
    opened = open_redis(redis_url, timeout=5, connect_timeout=5)
    yield opened
    await opened.aclose()


async def turns(number: int) -> None:
    """Lets the loop go round that often."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_cancelled_caller_does_not_spoil_the_next_ones_reply(client: SharedRedis) -> None:
    """Cancelled at every point of a command, alone or among others, callers after it get their own replies."""
    for point in range(40):
        gone = [asyncio.create_task(client.echo(f"gone {point} {number}")) for number in range(3)]
        await turns(point)
        for task in gone:
            task.cancel()
        replies = await asyncio.gather(*(client.echo(f"own {point} {number}") for number in range(5)))
        assert replies == [f"own {point} {number}".encode() for number in range(5)]
        await asyncio.gather(*gone, return_exceptions=True)


async def test_a_cancelled_pipeline_does_not_spoil_the_next_ones_replies(client: SharedRedis) -> None:
    """Neither a transaction nor a plain pipeline leaves replies behind."""

    async def several(word: str, transaction: bool) -> list[bytes]:
        async with client.pipeline(transaction=transaction) as pipeline:
            for number in range(3):
                pipeline.echo(f"{word} {number}")
            return await pipeline.execute()

    for point in range(40):
        gone = asyncio.create_task(several(f"gone {point}", point % 2 == 0))
        await turns(point // 2)
        gone.cancel()
        assert await several(f"own {point}", point % 2 == 1) == [f"own {point} {n}".encode() for n in range(3)]
        await asyncio.gather(gone, return_exceptions=True)


async def test_cancelled_callers_do_not_use_up_the_connections(client: SharedRedis) -> None:
    """After hundreds of cancelled commands there are as many connections to be had as before."""
    for point in range(300):
        task = asyncio.create_task(client.echo("gone"))
        await turns(point % 20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await asyncio.gather(*(client.echo(str(number)) for number in range(200))) == [
        str(number).encode() for number in range(200)
    ]


async def test_a_command_that_was_cancelled_still_happens_once(client: SharedRedis) -> None:
    """What was sent is neither lost nor sent again."""
    for _ in range(50):
        task = asyncio.create_task(client.incr("count"))
        await turns(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    while client.running:
        await asyncio.wait(client.running)
    assert await client.get("count") == b"50"


async def test_a_hung_server_fails_within_the_deadline_and_is_used_again_afterwards() -> None:
    """No retry makes it longer; a server that comes back answers again without a new client."""
    with private_redis() as server:
        client = open_redis(server.url, timeout=0.2, connect_timeout=0.2)
        await ping(client)
        server.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="REDIS_URL"):
            await ping(client)
        assert time.monotonic() - began < 2
        server.process.send_signal(signal.SIGCONT)
        await ping(client)
        assert await client.echo("own") == b"own"
        await client.aclose()


async def test_a_server_that_is_away_is_named() -> None:
    """Nothing is connected to before the first command; then the error says what to check."""
    with private_redis() as server:
        url = server.url
    client = open_redis(url, timeout=1, connect_timeout=1)
    with pytest.raises(Unavailable, match="check REDIS_URL"):
        await ping(client)
    await client.aclose()
    with pytest.raises(InvalidInput, match="not a Redis URL"):
        open_redis("http://127.0.0.1", timeout=1, connect_timeout=1)
