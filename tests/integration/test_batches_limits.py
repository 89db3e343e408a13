"""What stops a batch or slows it down: its owner, its key, budgets and limits; and what it costs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from batch_process import CHAT, ended, process, questions, read, started, until_asked
from faulty_upstream import FaultyUpstream, faulty_upstream, silent, slow
from openai import AsyncOpenAI
from sqlalchemy import text

from banyan.adapters.storage.engine import open_database

ADMIN = "an-admin-key-nobody-guesses"
PRICES = '[prices."openai/gpt-a"]\ninput = "1"\noutput = "2"\n'


@dataclass
class World:
    """A proxy with an admin; the model `openai/gpt-a` costs 1 and 2 dollars for a million tokens."""

    url: str
    admin: aiohttp.ClientSession
    upstream: FaultyUpstream

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.admin.post(path, json=body) as answer:
            found: dict[str, Any] = await answer.json()
            assert answer.status < 300, found
            return found

    def client(self, key: str) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    config = folder / "banyan.toml"
    config.write_text(PRICES)
    more = {"BANYAN_ADMIN_KEY": ADMIN, "BANYAN_CONFIG": str(config)}
    async with (
        faulty_upstream() as upstream,
        process(folder / "data", upstream, more=more) as (service, _),
        aiohttp.ClientSession(service.proxy, headers={"Authorization": f"Bearer {ADMIN}"}) as admin,
    ):
        yield World(service.proxy, admin, upstream)


async def test_a_cancelled_batch_stops_and_keeps_what_is_done(tmp_path: Path) -> None:
    """Calls under way end within seconds at the provider; lines without an answer are named as cancelled."""
    async with world(tmp_path) as opened, opened.client(ADMIN) as client:
        opened.upstream.behaviours.extend([slow(0), slow(0)])
        opened.upstream.usual = silent
        batch = await started(client, 20)
        await until_asked(opened.upstream, 6)
        began = time.monotonic()
        assert (await client.batches.cancel(batch.id)).status == "cancelling"
        done = await ended(client, batch.id, "cancelled")
        assert time.monotonic() - began < 5
        async with asyncio.timeout(2):
            for call in opened.upstream.calls[2:]:
                await call.left.wait()
        assert len(await read(client, done.output_file_id)) == 2
        errors = await read(client, done.error_file_id)
        assert len(errors) == 18
        assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}
        assert {line["response"] for line in errors} == {None}


async def test_a_revoked_key_fails_the_lines_that_are_left(tmp_path: Path) -> None:
    """Answers from before stay; every other line says why it has none."""
    async with world(tmp_path) as opened:
        opened.upstream.usual = slow(0.2)
        key = await opened.post("/admin/keys", name="k", roles=["learner"], scopes=["batches", "chat"])
        async with opened.client(key["key"]) as client:
            await started(client, 40)
        await until_asked(opened.upstream, 8)
        await opened.admin.delete(f"/admin/keys/{key['id']}")
        async with asyncio.timeout(30):
            while not (errors := await failures(tmp_path / "data")):  # noqa: ASYNC110 - nobody can ask for it
                await asyncio.sleep(0.1)
        assert {line["response"]["status_code"] for line in errors} == {401}
        assert {line["response"]["body"]["error"]["code"] for line in errors} == {"key_revoked"}
        assert len(errors) + len(opened.upstream.calls) == 40


async def failures(data: Path) -> list[dict[str, Any]]:
    """The error file of a batch whose owner is locked out, straight from the database; empty while there is none."""
    database = await open_database(f"sqlite:///{data / 'banyan.db'}")
    try:
        async with database.reading() as connection:
            found = await connection.execute(
                text("SELECT data FROM file_pieces, batches WHERE file = error_file AND status = 'completed'")
            )
            return [json.loads(line) for row in found for line in row[0].splitlines()]
    finally:
        await database.close()


async def test_a_used_up_budget_fails_the_lines_that_are_left(tmp_path: Path) -> None:
    """What was paid for stays; the rest says that the budget is used up."""
    async with world(tmp_path) as opened:
        key = await opened.post("/admin/keys", name="k", roles=["learner"], scopes=["batches", "chat"])
        await opened.post("/admin/budgets", kind="key", subject=key["id"], period="total", limit="0.0008")
        async with opened.client(key["key"]) as client:
            batch = await started(client, 30, max_tokens=10)
            done = await ended(client, batch.id)
            counts = done.request_counts
            assert counts is not None
            assert counts.completed > 0
            assert counts.failed > 0
            errors = await read(client, done.error_file_id)
            assert {line["response"]["body"]["error"]["code"] for line in errors} == {"budget_exceeded"}
            assert len(opened.upstream.calls) == counts.completed


async def test_a_batch_waits_where_its_caller_is_limited(tmp_path: Path) -> None:
    """A key with one call at a time gets every answer, and none of the refusals."""
    async with world(tmp_path) as opened:
        opened.upstream.usual = slow(0.02)
        limits = {"parallel": 1}
        key = await opened.post("/admin/keys", name="k", roles=["learner"], scopes=["batches", "chat"], limits=limits)
        async with opened.client(key["key"]) as client:
            done = await ended(client, (await started(client, 10)).id)
            counts = done.request_counts
            assert counts is not None
            assert (counts.completed, counts.failed) == (10, 0)
            assert done.error_file_id is None


async def test_the_cost_is_estimated_before_and_read_from_the_ledger_after(tmp_path: Path) -> None:
    """A dry run asks nothing; afterwards the ledger's rows carry the batch's id and the task kind `batch`."""
    async with world(tmp_path) as opened, opened.client(ADMIN) as client:
        file = await client.files.create(file=questions(3, max_tokens=10), purpose="batch")
        wish = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
        estimate = await opened.post("/v1/batches/estimate", **wish)
        async with opened.admin.post("/v1/batches", json=wish, headers={"X-Banyan-Dry-Run": "true"}) as answer:
            assert await answer.json() == estimate
        guess = estimate["estimated_cost"]
        assert (guess["lines"], guess["most_output_tokens"], guess["complete"]) == (3, 30, True)
        assert 0 < float(guess["least"]) < float(guess["most"])
        assert (await client.batches.list()).data == []
        assert opened.upstream.calls == []
        batch = await client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        await ended(client, batch.id)
        async with asyncio.timeout(10):
            while (shown := (await get(opened, f"/v1/batches/{batch.id}")))["cost"]["calls"] < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert shown["estimated_cost"] == guess
        assert shown["cost"]["complete"]
        assert shown["cost"]["amount"] == "0.000075000"
        rows = (await get(opened, "/admin/usage/attempts"))["attempts"]
        assert {row["task"] for row in rows} == {"batch"}
        assert {row["request_id"] for row in rows} == {f"{batch.id}-{number}" for number in (1, 2, 3)}


async def test_an_unknown_price_is_said_to_be_unknown(tmp_path: Path) -> None:
    """A model without a price is named, and never counts as free."""
    async with world(tmp_path) as opened, opened.client(ADMIN) as client:
        file = await client.files.create(file=questions(2, model="openai/secret-model"), purpose="batch")
        wish = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
        guess = (await opened.post("/v1/batches/estimate", **wish))["estimated_cost"]
        assert (guess["complete"], guess["unpriced_lines"]) == (False, 2)
        assert guess["unpriced_models"] == ["openai/secret-model"]


async def get(opened: World, path: str) -> dict[str, Any]:
    async with opened.admin.get(path) as answer:
        found: dict[str, Any] = await answer.json()
        assert answer.status == 200, found
        return found
