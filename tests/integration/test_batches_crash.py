"""Batches in real processes, of which one is killed in the middle."""

from collections import Counter
from pathlib import Path

import pytest
from batch_process import PARALLEL, ended, process, read, started, until_asked
from faulty_upstream import FaultyUpstream, faulty_upstream, slow
from openai import AsyncOpenAI

LINES = 60


async def check(client: AsyncOpenAI, id: str, upstream: FaultyUpstream) -> None:
    """Every line has one answer, and only lines under way at the kill were asked again."""
    batch = await ended(client, id)
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed) == (LINES, LINES)
    output = await read(client, batch.output_file_id)
    assert [line["custom_id"] for line in output] == [f"line-{number}" for number in range(LINES)]
    counts = Counter(call.body["messages"][0]["content"] for call in upstream.calls)
    assert len(counts) == LINES
    assert set(counts.values()) <= {1, 2}
    assert sum(counts.values()) <= LINES + PARALLEL


async def test_a_batch_survives_the_death_of_the_only_process(tmp_path: Path) -> None:
    """On SQLite the next start goes on at once, and asks again only what was under way."""
    async with faulty_upstream() as upstream:
        upstream.usual = slow(0.1)
        async with process(tmp_path / "data", upstream) as (service, client):
            batch = await started(client, LINES)
            await until_asked(upstream, LINES // 3)
            service.process.kill()
        async with process(tmp_path / "data", upstream) as (_, client):
            await check(client, batch.id, upstream)


async def test_another_process_takes_over_from_one_that_died(tmp_path: Path, migrated_postgres_url: str) -> None:
    """On PostgreSQL two processes share the lines, and the one that is left finishes them all."""
    async with faulty_upstream() as upstream:
        upstream.usual = slow(0.1)
        async with (
            process(tmp_path / "one", upstream, migrated_postgres_url) as (one, client),
            process(tmp_path / "two", upstream, migrated_postgres_url) as (_, other),
        ):
            batch = await started(client, LINES)
            await until_asked(upstream, LINES // 3)
            one.process.kill()
            await check(other, batch.id, upstream)


@pytest.mark.parametrize("moment", ["validating", "finalizing"])
async def test_a_kill_around_the_lines_loses_nothing(moment: str, tmp_path: Path) -> None:
    """Whoever dies while it reads the input, or while it writes the output, leaves work that is done anew."""
    async with faulty_upstream() as upstream:
        async with process(tmp_path / "data", upstream) as (service, client):
            batch = await started(client, LINES)
            if moment == "finalizing":
                await until_asked(upstream, LINES)
            service.process.kill()
        async with process(tmp_path / "data", upstream) as (_, client):
            await check(client, batch.id, upstream)
