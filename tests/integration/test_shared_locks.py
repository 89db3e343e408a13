"""Locks that hold for every process on one PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from knowledge_house import until
from private_servers import PrivatePostgres

from banyan.adapters.storage.engine import open_database
from banyan.adapters.storage.locks import SqlLocks
from banyan.proxy.usecases.keyed_locks import KeyedLocks


@pytest.fixture
async def parties(migrated_postgres_url: str) -> AsyncIterator[list[KeyedLocks]]:
    """Two processes, as far as PostgreSQL can tell."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            database = await open_database(migrated_postgres_url)
            stack.push_async_callback(database.close)
            shared = SqlLocks(database)
            stack.push_async_callback(shared.close)
            made.append(KeyedLocks(shared))
        yield made


async def test_one_key_is_held_by_one_at_a_time(parties: list[KeyedLocks]) -> None:
    """Within a process and across; other keys do not wait."""
    inside = 0
    most = 0

    async def work(number: int) -> None:
        nonlocal inside, most
        async with parties[number % 2].held("source", "oak", "biology"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with parties[0].held("source", "oak", "chemistry"):
        await asyncio.gather(*(work(number) for number in range(20)))
    assert (most, inside) == (1, 0)


async def test_a_claim_is_refused_where_somebody_has_it(parties: list[KeyedLocks]) -> None:
    """Also to the same process; given back it may be had again."""
    first, second = parties
    assert await first.claim("embed", "1")
    assert [await first.claim("embed", "1"), await second.claim("embed", "1")] == [False, False]
    assert await second.claim("embed", "2")
    await first.release("embed", "1")
    assert await second.claim("embed", "1")


async def test_who_is_cancelled_while_taking_a_lock_does_not_keep_it(parties: list[KeyedLocks]) -> None:
    """At whatever point it happens."""
    first, second = parties
    for turns in range(12):
        task = asyncio.create_task(first.claim("embed", "1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if result is True:
            await first.release("embed", "1")
        assert await second.claim("embed", "1")
        await second.release("embed", "1")


async def test_the_locks_of_the_dead_are_free(parties: list[KeyedLocks], postgres_server: PrivatePostgres) -> None:
    """A connection that is lost takes its locks with it, and the next lock opens another."""
    first, second = parties
    assert await first.claim("embed", "1")
    postgres_server.run("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    await until(lambda: second.claim("embed", "1"))
    await first.release("embed", "1")
    async with first.held("embed", "3"):
        assert not await second.claim("embed", "3")
