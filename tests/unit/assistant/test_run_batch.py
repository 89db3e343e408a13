"""Batches: the urgent first, every user in turn, each request with an end of its own."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from banyan.assistant.usecases.run_batch import Answered, Priority, RunBatch
from banyan.kernel.errors import InvalidInput, NotFound, RateLimited

ANA, BEN = ("oak", "ana"), ("oak", "ben")
Work = Callable[[], Awaitable[Answered]]


def says(told: list[str], *names: str) -> list[Work]:
    def work(name: str) -> Work:
        async def say() -> Answered:
            told.append(name)
            await asyncio.sleep(0)
            return Answered(name)

        return say

    return [work(name) for name in names]


async def test_the_urgent_go_first_and_users_take_turns() -> None:
    """What is under way goes on; of the rest the highest priority, and there users in turn."""
    told: list[str] = []
    run = RunBatch(parallel=1)
    batches = [
        run.submit(ANA, Priority.NORMAL, says(told, "first", "ana-1", "ana-2")),
        run.submit(BEN, Priority.NORMAL, says(told, "ben-1", "ben-2")),
        run.submit(BEN, Priority.LOW, says(told, "low")),
        run.submit(ANA, Priority.URGENT, says(told, "urgent")),
    ]
    for batch in batches:
        await run.ended(batch)
    assert told == ["first", "urgent", "ana-1", "ben-1", "ana-2", "ben-2", "low"]
    assert (run.requests, run.batches, run.waiting, run.active) == (7, 4, 0, 0)
    assert run.by_priority[Priority.NORMAL] == 5


async def test_one_that_fails_or_takes_too_long_spoils_no_other() -> None:
    """Partial results, each error in its place."""

    async def fails() -> Answered:
        raise InvalidInput("That is nothing.")

    async def never() -> Answered:
        await asyncio.Event().wait()
        return Answered(None)

    run = RunBatch(seconds=0.05)
    batch = run.submit(ANA, Priority.NORMAL, [fails, *says([], "well"), never])
    await run.ended(batch)
    assert [one.error for one in batch.requests[:2]] == ["That is nothing.", ""]
    assert batch.requests[2].error.startswith("It took longer than 0.05 seconds")
    assert batch.requests[1].answered == Answered("well")


async def test_batches_of_one_second_have_their_own_ids_and_results() -> None:
    """D32, A7: each is found by its owner alone."""
    run = RunBatch()
    first, second = (run.submit(who, Priority.NORMAL, says([], who[1])) for who in (ANA, BEN))
    await asyncio.gather(run.ended(first), run.ended(second))
    assert first.id != second.id
    assert [one.requests[0].answered for one in (first, second)] == [Answered("ana"), Answered("ben")]
    assert run.get(ANA, first.id) is first
    with pytest.raises(NotFound):
        run.get(BEN, first.id)


async def test_what_nobody_waits_for_any_more_is_given_up() -> None:
    """Requests that were not begun are taken out of the line; too many at once are refused with a time to wait."""
    told: list[str] = []
    run = RunBatch(parallel=1)
    waiting = asyncio.create_task(run.ended(run.submit(ANA, Priority.NORMAL, says(told, "a", "b", "c"))))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert run.waiting == 0
    with pytest.raises(RateLimited):
        run.submit(BEN, Priority.NORMAL, says(told, *["x"] * 1001))
