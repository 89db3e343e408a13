"""What every store of cached answers keeps to, in this process and in Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from banyan.adapters.caches.memory import MemoryCache
from banyan.adapters.caches.redis import RedisCache
from banyan.app.redis_client import open_redis
from banyan.proxy.ports.answer_cache import AnswerCache

LONG = b"a leaf makes sugar " * 2000


@pytest.fixture(params=["memory", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[AnswerCache]:
    if request.param == "memory":
        yield MemoryCache(1_000_000)
        return
    client = open_redis(request.getfixturevalue("redis_url"), timeout=2, connect_timeout=2)
    # The deadline is of no interest here, and the machine may be busy.
    yield RedisCache(client, seconds=2)
    await client.aclose()


@pytest.mark.parametrize("value", [b"", b"\x00\x01", LONG], ids=["empty", "bytes", "long"])
async def test_what_is_put_is_got(cache: AnswerCache, value: bytes) -> None:
    """To the byte, however large."""
    await cache.put("key", value, 60)
    assert (await cache.get("key"), await cache.get("other"), cache.fault) == (value, None, None)


async def test_the_last_value_counts(cache: AnswerCache) -> None:
    """Putting again replaces."""
    await cache.put("key", b"old", 60)
    await cache.put("key", b"new", 60)
    assert await cache.get("key") == b"new"


async def test_keys_are_dropped_by_their_beginning(cache: AnswerCache) -> None:
    """All of them and no others, also where the beginning holds letters that patterns use."""
    for key in ("a:[x]*:1", "a:[x]*:2", "a:x:1", "b:1"):
        await cache.put(key, b"value", 60)
    assert await cache.drop("a:[x]*:") == 2
    assert [await cache.get(key) for key in ("a:[x]*:1", "a:x:1", "b:1")] == [None, b"value", b"value"]


async def test_nothing_outlives_its_time(cache: AnswerCache) -> None:
    """Neither in this process nor in a server, whose clock is its own."""
    await cache.put("key", b"value", 0.02)
    await asyncio.sleep(0.04)
    assert await cache.get("key") is None


async def test_memory_forgets_what_was_longest_without_use() -> None:
    """Within its bound of bytes, whatever is put."""
    cache = MemoryCache(3000)
    for key in ("a", "b"):
        await cache.put(key, b"x" * 1000, 60)
    assert await cache.get("a") is not None
    await cache.put("c", b"x" * 1000, 60)
    assert [await cache.get(key) is not None for key in "abc"] == [True, False, True]
    await cache.put("d", b"x" * 3000, 60)
    assert (await cache.get("d"), await cache.get("a") is not None, cache.bytes_used <= 3000) == (None, True, True)
