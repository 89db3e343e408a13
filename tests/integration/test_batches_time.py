"""What a batch does as time passes, on a clock that is set by hand: its window, a provider's 429, and its pace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from batch_process import ended, questions, read
from faulty_upstream import Behave, FaultyUpstream, faulty_upstream, refusing, silent, well
from openai.types import Batch
from proxy_house import Proxy, open_proxy

from banyan.app.batching import BatchOptions
from banyan.proxy.usecases.run_batches import Pace

CHAT = "/v1/chat/completions"


@dataclass
class BatchClock:
    """Stands still until it is set. looked: how often somebody has asked."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    looks: int = 0

    def now(self) -> datetime:
        self.looks += 1
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)

    async def settle(self) -> None:
        """Returns once the worker has looked for work a few times over, so that what it leaves it leaves for good."""
        goal = self.looks + 40
        async with asyncio.timeout(30):
            while self.looks < goal:  # noqa: ASYNC110 - the worker looks in its own time
                await asyncio.sleep(0.005)


@asynccontextmanager
async def proxy_at(folder: Path, clock: BatchClock, pace: Pace, url: str | None) -> AsyncIterator[Proxy]:
    options = BatchOptions(pace=pace)
    async with open_proxy(
        folder, upstream_at=faulty_upstream, batch_options=options, database_url=url, batch_clock=clock
    ) as opened:
        yield opened


def pace(**more: Any) -> Pace:
    return Pace(**{"parallel": 2, "lease": 3 * 86400, "poll": 0.01, **more})


async def start(proxy: Proxy, count: int) -> Batch:
    file = await proxy.client.files.create(file=questions(count), purpose="batch")
    return await proxy.client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")


def upstream_of(proxy: Proxy) -> FaultyUpstream:
    upstream: Any = proxy.upstream
    assert isinstance(upstream, FaultyUpstream)
    return upstream


async def counts(proxy: Proxy, id: str, status: str) -> tuple[int, int]:
    found = (await ended(proxy.client, id, status)).request_counts
    assert found is not None
    return found.completed, found.failed


async def until(proxy: Proxy, calls: int) -> None:
    async with asyncio.timeout(30):
        while len(upstream_of(proxy).calls) < calls:  # noqa: ASYNC110 - they come from the worker
            await asyncio.sleep(0.005)


async def test_a_batch_past_its_window_expires(tmp_path: Path, house_url: str) -> None:
    """After 24 hours calls under way end, answers stay, and each line without one says `batch_expired`."""
    clock = BatchClock()
    async with proxy_at(tmp_path, clock, pace(), house_url) as proxy:
        upstream = upstream_of(proxy)
        upstream.behaviours.extend([well, well])
        upstream.usual = silent
        batch = await start(proxy, 6)
        assert batch.expires_at is not None
        assert batch.expires_at - batch.created_at == 24 * 3600
        await until(proxy, 4)
        clock.advance(hours=24, seconds=-1)
        await clock.settle()
        assert (await proxy.client.batches.retrieve(batch.id)).status == "in_progress"
        clock.advance(seconds=2)
        done = await ended(proxy.client, batch.id, "expired")
        async with asyncio.timeout(5):
            for call in upstream.calls[2:]:
                await call.left.wait()
        assert done.expired_at == int(clock.time.timestamp())
        assert done.completed_at is None
        assert [line["custom_id"] for line in await read(proxy.client, done.output_file_id)] == ["line-0", "line-1"]
        errors = await read(proxy.client, done.error_file_id)
        assert [(line["custom_id"], line["response"]) for line in errors] == [(f"line-{n}", None) for n in range(2, 6)]
        assert {line["error"]["code"] for line in errors} == {"batch_expired"}
        assert len(upstream.calls) == 4


async def test_a_batch_waits_where_the_provider_takes_no_more(tmp_path: Path, house_url: str) -> None:
    """A provider's 429 fails no line: the call tries once more, then the whole batch stands still for a while."""
    clock = BatchClock()
    async with proxy_at(tmp_path, clock, pace(parallel=1, wait=300), house_url) as proxy:
        upstream = upstream_of(proxy)
        too_many: Behave = refusing(429, "Slow down.", code="rate_limit_exceeded")
        upstream.behaviours.extend([well, too_many, too_many])
        batch = await start(proxy, 3)
        await until(proxy, 3)
        await clock.settle()
        clock.advance(seconds=299)
        await clock.settle()
        assert len(upstream.calls) == 3
        clock.advance(seconds=2)
        assert await counts(proxy, batch.id, "completed") == (3, 0)
        asked = [call.body["messages"][0]["content"] for call in upstream.calls]
        assert asked == ["question 0", "question 1", "question 1", "question 1", "question 2"]


async def test_no_more_lines_begin_in_a_minute_than_the_pace_allows(tmp_path: Path, house_url: str) -> None:
    """With six a minute one begins every ten seconds, however many could be asked at a time."""
    clock = BatchClock()
    async with proxy_at(tmp_path, clock, pace(parallel=8, a_minute=6), house_url) as proxy:
        upstream = upstream_of(proxy)
        batch = await start(proxy, 4)
        for number in range(1, 4):
            await until(proxy, number)
            clock.advance(seconds=9)
            await clock.settle()
            assert len(upstream.calls) == number
            clock.advance(seconds=1)
        assert await counts(proxy, batch.id, "completed") == (4, 0)
