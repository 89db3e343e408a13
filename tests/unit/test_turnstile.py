"""Who gets a connection next, and who is told that there is none."""

import asyncio

import pytest

from banyan.adapters.storage.turnstile import Turnstile
from banyan.kernel.errors import Unavailable


async def test_callers_get_their_turn_in_the_order_in_which_they_asked() -> None:
    """Whoever was served and comes again goes to the end, also when a place is free at that moment."""
    turnstile, seen = Turnstile(1), list[str]()

    async def caller(name: str) -> None:
        for _ in range(3):
            async with turnstile.turn():
                seen.append(name)
                await asyncio.sleep(0)

    await asyncio.gather(*(caller(name) for name in "abcd"))
    assert seen == [*"abcd", *"abcd", *"abcd"]


async def test_a_queue_that_moves_refuses_nobody() -> None:
    """Each of thirty callers waits for longer than the last one would for a queue that stands still."""
    turnstile = Turnstile(1, looks=2, look_seconds=0.01)

    async def caller(number: int) -> int:
        async with turnstile.turn():
            turnstile.served()
            await asyncio.sleep(0.005)
            return number

    assert await asyncio.gather(*(caller(number) for number in range(30))) == list(range(30))


async def test_a_queue_that_stands_still_is_told_so_and_goes_on_later() -> None:
    """Whoever waits behind a database that hangs gets an error that says to come again, and leaves no place taken."""
    turnstile, ended = Turnstile(1, looks=2, look_seconds=0.01), asyncio.Event()

    async def hangs() -> None:
        async with turnstile.turn():
            await ended.wait()

    async def asks() -> str:
        async with turnstile.turn():
            return "served"

    hanging = asyncio.create_task(hangs())
    refused = await asyncio.gather(asks(), asks(), return_exceptions=True)
    assert [(type(error), getattr(error, "retry_after", None)) for error in refused] == [(Unavailable, 1)] * 2
    ended.set()
    await hanging
    async with asyncio.timeout(5):
        assert await asks() == "served"


@pytest.mark.parametrize("when", [0, 1, 2, 3, 4])
async def test_a_caller_who_goes_away_leaves_its_place_to_the_next(when: int) -> None:
    """At whichever moment it goes: in the queue, or when its turn has just come."""
    turnstile, ended = Turnstile(1), asyncio.Event()

    async def holds() -> None:
        async with turnstile.turn():
            await ended.wait()

    async def asks() -> str:
        async with turnstile.turn():
            return "served"

    holding = asyncio.create_task(holds())
    await asyncio.sleep(0)
    leaving = asyncio.create_task(asks())
    await asyncio.sleep(0)
    ended.set()
    for _ in range(when):
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(holding, leaving, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await asks() == "served"
