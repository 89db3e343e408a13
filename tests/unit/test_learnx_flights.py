"""Equal requests at one time are worked on once (M17), and never for longer than somebody waits."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from banyan.edge.http.learnx.flights import Flights
from banyan.kernel.errors import Unavailable


class Work:
    """Says `pieces`, each once `go` lets it. begun, stopped: how often."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.go = asyncio.Event()
        self.begun = self.stopped = self.made = 0

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        self.begun += 1
        try:
            await self.go.wait()
            for piece in self.pieces:
                self.made += 1
                yield piece
        except asyncio.CancelledError:
            self.stopped += 1
            raise


async def all_of(items: AsyncGenerator[bytes, None]) -> list[bytes]:
    async with aclosing(items):
        return [item async for item in items]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_who_ask_the_same_at_one_time_share_the_work() -> None:
    """Whoever comes later reads from the beginning; another key is other work."""
    flights, work, other = Flights(), Work(b"a", b"b"), Work(b"c")
    readers = [asyncio.create_task(all_of(flights.read("key", work))) for _ in range(3)]
    apart = asyncio.create_task(all_of(flights.read("other", other)))
    await settle()
    work.go.set()
    other.go.set()
    assert await asyncio.gather(*readers) == [[b"a", b"b"]] * 3
    assert (await apart, work.begun) == ([b"c"], 1)
    assert await all_of(flights.read("key", work)) == [b"a", b"b"]
    assert work.begun == 2


async def test_the_work_stops_when_the_last_reader_leaves() -> None:
    """Not before: one who stays gets all of it."""
    flights, work = Flights(), Work(b"a")
    first, second = (asyncio.create_task(all_of(flights.read("key", work))) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    assert work.stopped == 0
    second.cancel()
    await settle()
    assert work.stopped == 1


async def test_a_result_waits_a_moment_for_a_client_that_asks_again() -> None:
    """Its patience was over just before the work was."""
    flights, work = Flights(), Work(b"a")
    impatient = asyncio.create_task(all_of(flights.read("key", work, linger=5)))
    await settle()
    impatient.cancel()
    await settle()
    work.go.set()
    await settle()
    assert await all_of(flights.read("key", work, linger=5)) == [b"a"]
    assert (work.begun, work.stopped) == (1, 0)


async def test_what_goes_wrong_is_told_to_everybody_and_not_kept() -> None:
    """The next one begins anew."""

    async def fails() -> AsyncGenerator[bytes, None]:
        yield b"a"
        raise Unavailable("Not now.")

    flights = Flights()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await all_of(flights.read("key", fails, linger=5))


async def test_nothing_is_made_far_ahead_of_its_readers() -> None:
    """A client that does not read makes no memory grow."""
    flights, work = Flights(), Work(*[b"x"] * 1000)
    work.go.set()
    async with aclosing(flights.read("key", work)) as items:
        await anext(items)
        await settle()
        assert work.made < 100
        rest = [item async for item in items]
    assert len(rest) == 999
