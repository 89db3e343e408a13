"""Files and batches over a real socket, with the official client wherever it can say what is meant."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types import Batch
from proxy_house import Proxy, open_proxy
from scripted_openai import scripted_openai

from banyan.app.batching import BatchOptions
from banyan.proxy.usecases.run_batches import Pace

MODEL = "openai/gpt-a"
CHAT = "/v1/chat/completions"
OPTIONS = BatchOptions(
    largest=2 * 1024 * 1024, most_lines=200, pace=Pace(parallel=8, lease=1.5, poll=0.05, wait=0.05, tries=2, again=0.05)
)


@pytest.fixture
async def proxy(tmp_path: Path, house_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(
        tmp_path, upstream_at=scripted_openai, batch_options=OPTIONS, database_url=house_url
    ) as opened:
        yield opened


def line(custom_id: str, url: str = CHAT, **body: Any) -> dict[str, Any]:
    """A line that asks for a chat completion unless it says otherwise."""
    usual = {"model": MODEL, "messages": [{"role": "user", "content": custom_id}]} if url == CHAT else {}
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": {**usual, **body}}


def jsonl(*lines: Any) -> bytes:
    return b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in lines)


async def started(client: AsyncOpenAI, *lines: Any, endpoint: Any = CHAT, **more: Any) -> Batch:
    file = await client.files.create(file=("lines.jsonl", jsonl(*lines)), purpose="batch")
    return await client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more)


async def ended(client: AsyncOpenAI, id: str, *statuses: str) -> Batch:
    async with asyncio.timeout(30):
        while (batch := await client.batches.retrieve(id)).status not in (  # noqa: ASYNC110 - polling is what clients do
            statuses or ("completed", "failed")
        ):
            await asyncio.sleep(0.02)
    return batch


async def read(client: AsyncOpenAI, id: str | None) -> list[dict[str, Any]]:
    """The lines of a file."""
    assert id is not None
    return [json.loads(one) for one in (await client.files.content(id)).text.splitlines()]


async def test_the_official_client_runs_a_batch_from_file_to_output(proxy: Proxy) -> None:
    """Upload, create, wait, read: good lines stand in the output file, refused ones in the error file."""
    lines = [line("a"), line("b"), line("c", model="openai/", messages=1)]
    batch = await started(proxy.client, *lines, metadata={"term": "spring"})
    assert (batch.status, batch.object, batch.completion_window) == ("validating", "batch", "24h")
    done = await ended(proxy.client, batch.id)
    assert (done.status, done.metadata, done.errors) == ("completed", {"term": "spring"}, None)
    counts = done.request_counts
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (3, 2, 1)
    assert done.in_progress_at is not None
    assert done.finalizing_at is not None
    assert done.completed_at is not None
    output = await read(proxy.client, done.output_file_id)
    assert [one["custom_id"] for one in output] == ["a", "b"]
    assert set(output[0]) == {"id", "custom_id", "response", "error"}
    assert output[0]["id"].startswith("batch_req_")
    assert output[0]["error"] is None
    assert output[0]["response"]["status_code"] == 200
    assert output[0]["response"]["request_id"] == f"{batch.id}-1"
    assert output[0]["response"]["body"]["choices"][0]["message"]["content"].startswith("a")
    [failed] = await read(proxy.client, done.error_file_id)
    assert (failed["custom_id"], failed["error"]) == ("c", None)
    assert failed["response"]["status_code"] == 404
    assert failed["response"]["body"]["error"]["code"] == "model_not_found"
    assert done.output_file_id is not None
    file = await proxy.client.files.retrieve(done.output_file_id)
    assert (file.purpose, file.filename) == ("batch_output", f"{batch.id}_output.jsonl")
    listed = await proxy.client.batches.list()
    assert [one.id for one in listed.data] == [batch.id]


async def test_every_endpoint_can_be_asked(proxy: Proxy) -> None:
    """Embeddings, responses and moderations are answered as their own routes answer them."""
    for endpoint, body, key in (
        ("/v1/embeddings", {"input": "leaf"}, "data"),
        ("/v1/responses", {"model": MODEL, "input": "leaf"}, "output"),
        ("/v1/moderations", {"input": "leaf", "model": "banyan/rules"}, "results"),
    ):
        batch = await started(proxy.client, line("x", endpoint, **body), endpoint=endpoint)
        done = await ended(proxy.client, batch.id)
        [answer] = await read(proxy.client, done.output_file_id or done.error_file_id)
        assert answer["response"]["status_code"] == 200, answer
        assert answer["response"]["body"][key]


async def test_a_bad_line_fails_the_batch_before_anything_is_asked(proxy: Proxy) -> None:
    """Each fault names its line and what is wrong with it."""
    lines = [
        line("a"),
        b"{nonsense\n",
        line("a"),
        {**line("b"), "method": "GET"},
        line("c", "/v1/embeddings"),
        line("d", stream=True),
        {**line("e"), "body": []},
        {**line(""), "custom_id": 7},
    ]
    batch = await started(proxy.client, *lines)
    done = await ended(proxy.client, batch.id)
    assert (done.status, done.output_file_id, done.error_file_id) == ("failed", None, None)
    assert done.failed_at is not None
    assert done.errors is not None
    assert [(fault.line, fault.code) for fault in done.errors.data or []] == [
        (2, "invalid_json_line"),
        (3, "duplicate_custom_id"),
        (4, "invalid_method"),
        (5, "mismatched_url"),
        (6, "stream_not_supported"),
        (7, "invalid_body"),
        (8, "invalid_custom_id"),
    ]
    assert proxy.upstream.seen == []


@pytest.mark.parametrize(
    ("data", "code"), [(b"\n \n", "empty_file"), (jsonl(*map(line, map(str, range(201)))), "too_many_lines")]
)
async def test_a_file_is_judged_as_a_whole_too(proxy: Proxy, data: bytes, code: str) -> None:
    """A file without requests, or with more than the settings allow, makes no batch."""
    done = await ended(proxy.client, (await started(proxy.client, data)).id)
    assert done.errors is not None
    assert [(fault.line, fault.code) for fault in done.errors.data or []] == [(None, code)]


async def test_nobody_else_sees_files_and_batches(proxy: Proxy) -> None:
    """To another user, or the same user of another tenant, they do not exist."""
    sam = proxy.client.with_options(default_headers={"X-Banyan-User": "sam"})
    batch = await started(sam, line("a"))
    await ended(sam, batch.id)
    for headers in ({"X-Banyan-User": "kim"}, {"X-Banyan-User": "sam", "X-Banyan-Tenant": "oak"}):
        other = proxy.client.with_options(default_headers=headers)
        assert (await other.files.list()).data == []
        assert (await other.batches.list()).data == []
        for attempt in (
            other.files.retrieve(batch.input_file_id),
            other.files.content(batch.input_file_id),
            other.files.delete(batch.input_file_id),
            other.batches.retrieve(batch.id),
            other.batches.cancel(batch.id),
            other.batches.create(input_file_id=batch.input_file_id, endpoint=CHAT, completion_window="24h"),
        ):
            with pytest.raises(openai.NotFoundError):
                await attempt


async def test_files_are_kept_listed_and_deleted(proxy: Proxy) -> None:
    """Their bytes come back as they were, pages follow one another, and what is deleted is gone."""
    data = bytes(range(256)) * 6000  # more than one piece
    sizes = [len(data), 1, 2]
    files = [await proxy.client.files.create(file=("f.bin", data[:size]), purpose="user_data") for size in sizes]
    other = await proxy.client.files.create(
        file=("b.jsonl", b"{}"), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert other.expires_at == other.created_at + 3600
    assert (files[0].bytes, files[0].filename, files[0].purpose) == (len(data), "f.bin", "user_data")
    assert (await proxy.client.files.content(files[0].id)).content == data
    first = await proxy.client.files.list(limit=2, order="asc", purpose="user_data")
    assert [file.id for file in first.data] == [files[0].id, files[1].id]
    assert first.has_more
    assert [file.id async for file in first] == [file.id for file in files]
    assert [file.id async for file in await proxy.client.files.list()] == [other.id, *[file.id for file in files][::-1]]
    assert (await proxy.client.files.delete(files[0].id)).deleted
    with pytest.raises(openai.NotFoundError):
        await proxy.client.files.content(files[0].id)


async def test_uploads_that_cannot_be_kept_are_refused(proxy: Proxy) -> None:
    """Too large, empty, without a purpose, of an unknown purpose, or no form at all."""
    with pytest.raises(openai.APIStatusError) as refused:
        await proxy.client.files.create(file=("f", b"x" * (2 * 1024 * 1024 + 1)), purpose="batch")
    assert refused.value.status_code == 413
    for file, purpose in ((b"", "batch"), (b"x", "dance")):
        with pytest.raises(openai.BadRequestError):
            await proxy.client.files.create(file=("f", file), purpose=purpose)  # type: ignore[arg-type]
    assert (await proxy.ask("POST", "/v1/files", json={"file": "x"}))[0] == 400
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    assert (await proxy.ask("POST", "/v1/files", data=b"--b\r\nnothing", headers=broken))[0] == 400
    assert (await proxy.client.files.list()).data == []
