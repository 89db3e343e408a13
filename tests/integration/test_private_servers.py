"""The servers that other tests lean on are private, empty and gone afterwards."""

import asyncpg
from private_servers import private_redis
from redis.asyncio import Redis


async def test_each_test_has_a_database_of_its_own(postgres_url: str) -> None:
    """It is empty, and takes any text."""
    connection = await asyncpg.connect(postgres_url)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    text = await connection.fetchval("SELECT upper('größe 光')")
    await connection.close()
    assert (tables, text) == ([], "GRößE 光")


async def test_vectors_are_there_where_the_extension_is(vector_postgres_url: str) -> None:
    """The extension can be created and compares."""
    connection = await asyncpg.connect(vector_postgres_url)
    await connection.execute("CREATE EXTENSION vector")
    distance = await connection.fetchval("SELECT '[1,0]'::vector <=> '[0,1]'::vector")
    await connection.close()
    assert distance == 1


async def test_redis_is_empty_and_ends_with_its_block(redis_url: str) -> None:
    """Nothing is left of an earlier test; a server of one test dies with it."""
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("a", 1)
    with private_redis() as server:
        assert server.process.poll() is None
    assert server.process.poll() is not None
