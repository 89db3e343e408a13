"""Batches that are left to the provider's own batch API, which costs half."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from batch_process import ended, process, questions, read, started
from fake_openai_batches import FakeOpenAIBatches, fake_openai_batches
from openai import AsyncOpenAI
from services import Service

PRICES = '[prices."openai/gpt-a"]\ninput = "1"\noutput = "2"\n'


@asynccontextmanager
async def at_provider(folder: Path, upstream: FakeOpenAIBatches) -> AsyncIterator[tuple[Service, AsyncOpenAI]]:
    config = folder / "banyan.toml"
    config.write_text(PRICES)
    more = {
        "BANYAN_CONFIG": str(config),
        "OPENAI_API_KEY": "sk-secret-123456",
        "BANYAN_BATCHES_AT_PROVIDER": "true",
        "BANYAN_BATCHES_PROVIDER_POLL": "0.1",
    }
    async with process(folder / "data", upstream, more=more) as (service, client):
        yield service, client


async def submitted(upstream: FakeOpenAIBatches) -> str:
    """The id of the provider's batch, once there is one."""
    async with asyncio.timeout(30):
        while not upstream.batches:  # noqa: ASYNC110 - it comes from another process
            await asyncio.sleep(0.01)
    [id] = upstream.batches
    return id


async def test_a_batch_left_to_the_provider_survives_a_kill_and_costs_half(tmp_path: Path) -> None:
    """It is submitted once, its answers come back in our order, and the ledger has half the price of calls."""
    async with fake_openai_batches() as upstream:
        async with at_provider(tmp_path, upstream) as (service, client):
            batch = await started(client, 5)
            await submitted(upstream)
            service.process.kill()
        async with at_provider(tmp_path, upstream) as (service, client):
            shown = await client.batches.retrieve(batch.id)
            assert shown.status == "in_progress"
            upstream.end(await submitted(upstream))
            done = await ended(client, batch.id)
            assert done.request_counts is not None
            assert (done.request_counts.completed, done.request_counts.failed) == (5, 0)
            output = await read(client, done.output_file_id)
            assert [line["custom_id"] for line in output] == [f"line-{number}" for number in range(5)]
            contents = [line["response"]["body"]["choices"][0]["message"]["content"] for line in output]
            assert contents == [f"re question {number}" for number in range(5)]
            assert (len(upstream.batches), upstream.calls) == (1, [])
            async with aiohttp.ClientSession(service.proxy) as web, asyncio.timeout(10):
                while True:
                    async with web.get(f"/v1/batches/{batch.id}") as answer:
                        cost = (await answer.json())["cost"]
                    if cost["calls"] == 5:
                        break
                    await asyncio.sleep(0.05)
            assert cost["amount"] == "0.000062500"
            assert (cost["input_tokens"], cost["output_tokens"]) == (55, 35)


async def test_lines_that_the_provider_left_over_are_asked_one_by_one(tmp_path: Path) -> None:
    """A batch that expired there is finished here; no answer is asked for twice."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as (_, client):
        batch = await started(client, 5)
        upstream.end(await submitted(upstream), "expired", answers=3)
        done = await ended(client, batch.id)
        assert done.request_counts is not None
        assert done.request_counts.completed == 5
        asked = sorted(call["messages"][0]["content"] for call in upstream.calls)
        assert asked == ["question 3", "question 4"]


async def test_a_cancelled_batch_is_cancelled_at_the_provider(tmp_path: Path) -> None:
    """What the provider had answered by then is kept."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as (_, client):
        batch = await started(client, 3)
        id = await submitted(upstream)
        await client.batches.cancel(batch.id)
        done = await ended(client, batch.id, "cancelled")
        assert upstream.batches[id]["status"] == "cancelled"
        assert [line["custom_id"] for line in await read(client, done.output_file_id)] == ["line-0"]
        errors = await read(client, done.error_file_id)
        assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}
        assert upstream.calls == []


async def test_lines_for_several_deployments_stay_here(tmp_path: Path) -> None:
    """A provider takes one model at a time, so such a batch is asked line by line."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as (_, client):
        mixed = questions(1) + questions(1, model="openai/gpt-b").replace(b"line-0", b"line-1")
        file = await client.files.create(file=mixed, purpose="batch")
        batch = await client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        await ended(client, batch.id)
        assert len(upstream.calls) == 2
        assert upstream.batches == {}


async def test_an_address_without_a_batch_api_is_asked_line_by_line(tmp_path: Path) -> None:
    """Whatever speaks OpenAI's chat completions need not have the rest of its API."""
    async with fake_openai_batches() as upstream, at_provider(tmp_path, upstream) as (_, client):
        upstream.takes_batches = False
        done = await ended(client, (await started(client, 3)).id)
        assert done.request_counts is not None
        assert (done.request_counts.completed, len(upstream.calls)) == (3, 3)
