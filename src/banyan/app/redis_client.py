"""The one Redis client of a process, which every adapter that shares state is handed.

A command that has been sent is always read to its end: were its connection given on with the reply still to come,
the next caller would read it (redis-py 2624, 2665), and were giving it back interrupted, the pool would lose it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from banyan.kernel.errors import InvalidInput, Unavailable

_Result = TypeVar("_Result")
_CONNECTIONS = 64


class SharedRedis(Redis):
    """As the base class; a caller that is cancelled goes away at once, and its command ends without it."""

    def __init__(self, pool: BlockingConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True
        self.running: set[asyncio.Task[Any]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """One command. Raises: RedisError of any kind, after the deadlines of the client at the latest."""
        return await asyncio.shield(self.begin(super().execute_command(*args, **options)))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "SharedPipeline":
        """Several commands in one go."""
        made = SharedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.owner = self
        return made

    def begin(self, work: Coroutine[Any, Any, _Result]) -> "asyncio.Task[_Result]":
        """Runs it as a task that `aclose` waits for."""
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; where nobody does any more, it is of no interest

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Lets running commands end, then closes every connection."""
        while self.running:
            await asyncio.wait(self.running)
        await super().aclose(close_connection_pool)


class SharedPipeline(Pipeline):
    """As the base class; a caller that is cancelled leaves when its commands have ended, within the deadline."""

    owner: SharedRedis

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """All commands. Raises: as one command."""
        task = self.owner.begin(super().execute(raise_on_error))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # The pipeline and its connection belong to the caller, who tidies them up as soon as this is left.
            await asyncio.wait([task])
            raise


def open_redis(url: str, *, timeout: float, connect_timeout: float) -> SharedRedis:
    """A client that connects when it is first used, and answers or fails within the two times in seconds; no retries.

    Replies are bytes. Close it with `aclose`. Raises: InvalidInput for a URL that is none.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=connect_timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError as error:
        raise InvalidInput("REDIS_URL is not a Redis URL; write it like redis://:password@host:6379/0.") from error
    return SharedRedis(pool)


async def ping(client: Redis) -> None:
    """Raises: Unavailable when Redis does not answer."""
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis does not answer ({error}); check REDIS_URL and the server.") from error
