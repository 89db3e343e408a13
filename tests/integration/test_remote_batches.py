"""Step by step, on a clock that is set by hand: what is submitted to a provider, looked for again, and given up."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from fake_anthropic_batches import FakeAnthropicBatches
from fake_batches import KEY, FakeBatches, Refusal, running_batches
from fake_openai_batches import FakeOpenAIBatches

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.anthropic_batches import AnthropicBatches
from banyan.adapters.providers.openai_batches import OpenAIBatches, Terms
from banyan.adapters.storage.batches import SqlBatches
from banyan.adapters.storage.engine import open_database
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt
from banyan.proxy.domain.batches import WINDOW, Batch, BatchStatus, Line
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.files import Owner
from banyan.proxy.domain.pricing import Price
from banyan.proxy.ports.batch_provider import BatchLimits, BatchProvider
from banyan.proxy.usecases.remote_answers import RemoteDeployment
from banyan.proxy.usecases.remote_batches import RemoteBatches

NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
POLL = 30


@dataclass
class HandClock:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Rows:
    """A ledger in which a second row with the same id is the same row. told: how often it was told of one."""

    rows: dict[str, Attempt] = field(default_factory=dict)
    told: int = 0

    def begin(self, attempt: Attempt) -> None:
        raise AssertionError("A batch at a provider reserves nothing.")

    def finish(self, attempt: Attempt) -> None:
        self.rows[attempt.id] = attempt
        self.told += 1


@dataclass
class Bench:
    """One batch at one provider. processes: names of holders; whoever cares anew is a new one."""

    store: SqlBatches
    provider: BatchProvider
    clock: HandClock
    rows: Rows
    batch: str
    is_set_up: bool = True
    processes: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def by_name(self, name: str) -> RemoteDeployment | None:
        if not self.is_set_up:
            return None
        price = Price(Money(10**9), Money(2 * 10**9), "list")
        return RemoteDeployment(Deployment(name, "maker", "claude-haiku-4-5"), self.provider, price)

    async def care(self, *, later: float = 0) -> bool | None:
        """One step of a process that has just started; None where there is nothing to care for."""
        self.clock.advance(seconds=later)
        await self.store.advance(self.clock.now())
        holder = f"process {self.processes()}"
        batch = await self.store.claim_batch(holder, self.clock.now(), self.clock.now() + timedelta(seconds=10))
        if batch is None:
            return None
        remotes = RemoteBatches(self.store, self.rows, self.clock, lambda *_: None, self.by_name, POLL)
        return await remotes.care(holder, batch)

    async def settle(self, *, later: float = POLL) -> None:
        """Cares until it would wait, and once more after that time."""
        while await self.care() is False:
            pass
        await self.care(later=later)

    async def good(self) -> list[int]:
        """Numbers of the lines with a good answer."""
        return [row[0] for row in await self.store.results("oak", self.batch, after=0, limit=100, good=True)]


@asynccontextmanager
async def bench(
    url: str, upstream: FakeBatches, wrap: Callable[[Upstream], BatchProvider], lines: int = 5
) -> AsyncIterator[Bench]:
    async with running_batches(upstream):
        database = await open_database(url)
        store, clock = SqlBatches(database), HandClock()
        secret = Secret(KEY)
        headers: dict[str, str] = {}
        if isinstance(upstream, FakeAnthropicBatches):
            secret, headers = Secret(KEY, header="x-api-key", scheme=""), {"anthropic-version": "2023-06-01"}
        provider = wrap(Upstream(upstream.base_url, secret, headers))
        batch = Batch(Owner("oak", "ana"), "batch_1", "/v1/chat/completions", "file_1", NOON, NOON + WINDOW)
        try:
            await store.add(batch)
            claimed = await store.claim_batch("first", NOON, NOON + timedelta(seconds=10))
            assert claimed is not None
            body = lambda n: {"model": "m", "messages": [{"role": "user", "content": f"question {n}"}]}  # noqa: E731
            numbers = range(1, lines + 1)
            await store.add_lines(
                [Line("oak", batch.id, n, f"line-{n}", json.dumps(body(n)).encode()) for n in numbers], NOON
            )
            started = replace(
                claimed, status=BatchStatus.IN_PROGRESS, total=lines, remote={"deployment": "maker/claude-haiku-4-5"}
            )
            await store.start("first", started, NOON)
            yield Bench(store, provider, clock, Rows(), batch.id)
        finally:
            await provider.close()
            await database.close()


def openai_by_two(upstream: Upstream) -> BatchProvider:
    return OpenAIBatches(upstream, Terms(lines=2))


class SmallAnthropic(AnthropicBatches):
    """With room for two of the lines."""

    @property
    def limits(self) -> BatchLimits:
        return BatchLimits(lines=100, size_bytes=400)


PARTS = [(FakeOpenAIBatches, openai_by_two), (FakeAnthropicBatches, SmallAnthropic)]


@pytest.mark.parametrize(("fake", "wrap"), PARTS, ids=["by lines", "by bytes"])
async def test_a_large_batch_becomes_several_at_the_provider(
    fake: Callable[[], FakeBatches], wrap: Callable[[Upstream], BatchProvider], house_url: str
) -> None:
    """Each within the limits and with a tag of its own; each line has one answer and one row."""
    upstream = fake()
    async with bench(house_url, upstream, wrap) as one:
        await one.settle()
        assert [len(requests) for requests in upstream.requests.values()] == [2, 2, 1]
        ids = list(upstream.batches)
        upstream.end(ids[1])
        await one.care(later=POLL)
        assert await one.good() == [3, 4]
        upstream.end(ids[0])
        upstream.end(ids[2])
        assert await one.care(later=POLL)
        assert await one.good() == [1, 2, 3, 4, 5]
        assert len(upstream.batches) == 3
        assert (len(one.rows.rows), one.rows.told) == (5, 5)
        assert {row.price_version for row in one.rows.rows.values()} == {"list, half for a batch"}


@pytest.mark.parametrize(("fake", "wrap"), PARTS, ids=["openai", "anthropic"])
async def test_a_kill_between_two_parts_submits_neither_twice(
    fake: Callable[[], FakeBatches], wrap: Callable[[Upstream], BatchProvider], house_url: str
) -> None:
    """The provider has the second part, and nobody noted its id."""
    upstream = fake()
    async with bench(house_url, upstream, wrap) as one:
        await one.care()
        with pytest.raises(Killed):
            await killed_while_noting(one)
        assert len(upstream.batches) == 2
        if isinstance(upstream, FakeAnthropicBatches):
            for id in upstream.batches:
                upstream.end(id)
        await one.care(later=10)
        await one.settle()
        assert [len(requests) for requests in upstream.requests.values()] == [2, 2, 1]
        for id in upstream.batches:
            upstream.end(id)
        await one.settle()
        assert await one.good() == [1, 2, 3, 4, 5]
        assert len(one.rows.rows) == 5


class Killed(BaseException):
    """The process died."""


async def killed_while_noting(one: Bench) -> None:
    """A step that dies when it has submitted and is about to note the id."""
    note, calls = one.store.note_remote, count()

    async def dies(*arguments: object) -> bool:
        if next(calls) == 1:
            raise Killed
        return await note(*arguments)  # type: ignore[arg-type]

    one.store.note_remote = dies  # type: ignore[method-assign]
    try:
        await one.care()
    finally:
        one.store.note_remote = note  # type: ignore[method-assign]


async def test_a_kill_while_answers_are_fetched_counts_each_once(house_url: str) -> None:
    """They are fetched again: same lines, same rows."""
    upstream = FakeOpenAIBatches()
    async with bench(house_url, upstream, OpenAIBatches) as one:
        await one.care()
        upstream.end(await upstream.id())
        finish = one.store.finish_remote

        async def dies(*arguments: object) -> None:
            raise Killed

        one.store.finish_remote = dies  # type: ignore[method-assign]
        with pytest.raises(Killed):
            await one.care(later=POLL)
        one.store.finish_remote = finish  # type: ignore[method-assign]
        assert await one.good() == []
        assert await one.care(later=POLL)
        assert await one.good() == [1, 2, 3, 4, 5]
        assert (len(one.rows.rows), one.rows.told) == (5, 10)


async def test_a_submission_that_never_arrived_is_made_anew(house_url: str) -> None:
    """Only after two looks' time, in which what was under way may still have arrived."""
    upstream = FakeAnthropicBatches()
    async with bench(house_url, upstream, AnthropicBatches) as one:
        upstream.refusals = [Refusal("POST", "/batches", 500)]
        await one.care()
        await one.care(later=POLL)
        assert upstream.seen.count(("POST", "/v1/messages/batches")) == 1
        await one.settle(later=POLL)
        await one.settle(later=POLL)
        assert len(upstream.batches) == 1
        assert upstream.seen.count(("POST", "/v1/messages/batches")) == 2


async def test_answers_that_are_paid_for_are_waited_for(house_url: str) -> None:
    """A refused key, or a deployment that is not set up any more: nothing is asked again here meanwhile."""
    upstream = FakeOpenAIBatches()
    async with bench(house_url, upstream, OpenAIBatches) as one:
        await one.care()
        upstream.refusals = [Refusal("GET", await upstream.id(), 401)]
        assert await one.care(later=POLL) is False
        one.is_set_up = False
        assert await one.care(later=POLL) is False
        one.is_set_up = True
        upstream.end(await upstream.id())
        assert await one.care(later=POLL) is True
        assert await one.good() == [1, 2, 3, 4, 5]


async def test_a_batch_past_its_window_is_cancelled_there_and_keeps_its_answers(house_url: str) -> None:
    """Azure, for one, goes on after 24 hours unless it is told."""
    upstream = FakeOpenAIBatches()
    async with bench(house_url, upstream, OpenAIBatches) as one:
        await one.care()
        id = await upstream.id()
        assert await one.care(later=24 * 3600 - 1) is False
        assert upstream.batches[id]["status"] == "in_progress"
        assert await one.care(later=POLL) is True
        assert upstream.batches[id]["status"] == "cancelled"
        assert await one.good() == [1]


async def test_a_provider_that_stays_away_is_given_up_a_day_after_the_end(house_url: str) -> None:
    """So that the batch ends at last."""
    upstream = FakeOpenAIBatches()
    async with bench(house_url, upstream, OpenAIBatches) as one:
        await one.care()
        id = await upstream.id()
        upstream.refusals = [Refusal("POST", f"{id}/cancel", 503) for _ in range(9)]
        assert await one.care(later=25 * 3600) is False
        assert await one.care(later=22 * 3600) is False
        assert await one.care(later=2 * 3600) is True
