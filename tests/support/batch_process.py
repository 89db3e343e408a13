"""A proxy in a process of its own that works on batches, and what a client does with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from faulty_upstream import FaultyUpstream
from openai import AsyncOpenAI
from openai.types import Batch
from services import Service, serving

CHAT = "/v1/chat/completions"
PARALLEL = 4


class Upstream(Protocol):
    """Whatever stands at an address."""

    base_url: str


@asynccontextmanager
async def process(
    folder: Path, upstream: Upstream, url: str = "", more: Mapping[str, str] | None = None, key: str = "none"
) -> AsyncIterator[tuple[Service, AsyncOpenAI]]:
    """The proxy until the block ends, and a client with the key."""
    settings = {
        "OPENAI_BASE_URL": upstream.base_url,
        "BANYAN_BATCHES_LEASE": "2",
        "BANYAN_BATCHES_PARALLEL": str(PARALLEL),
        **({"DATABASE_URL": url} if url else {}),
        **(more or {}),
    }
    context: AbstractContextManager[Service] = serving(folder, "proxy", more=settings)
    service = await asyncio.to_thread(context.__enter__)
    try:
        async with AsyncOpenAI(base_url=f"{service.proxy}/v1", api_key=key, max_retries=0) as client:
            yield service, client
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


def questions(count: int, **body: Any) -> bytes:
    """A file of so many lines, `line-0` first, that ask `question 0` and so on."""
    lines = [
        {
            "custom_id": f"line-{number}",
            "method": "POST",
            "url": CHAT,
            "body": {
                "model": "openai/gpt-a",
                "messages": [{"role": "user", "content": f"question {number}"}],
                **body,
            },
        }
        for number in range(count)
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


async def started(client: AsyncOpenAI, count: int, **body: Any) -> Batch:
    """A batch of so many questions."""
    file = await client.files.create(file=questions(count, **body), purpose="batch")
    return await client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")


async def ended(client: AsyncOpenAI, id: str, status: str = "completed") -> Batch:
    """The batch, once it has that status."""
    async with asyncio.timeout(60):
        while (batch := await client.batches.retrieve(id)).status != status:  # noqa: ASYNC110 - as clients do
            await asyncio.sleep(0.05)
    return batch


async def until_asked(upstream: FaultyUpstream, count: int) -> None:
    """Returns once so many calls have reached the provider."""
    async with asyncio.timeout(30):
        while len(upstream.calls) < count:  # noqa: ASYNC110 - the calls come from another process
            await asyncio.sleep(0.01)


async def read(client: AsyncOpenAI, id: str | None) -> list[dict[str, Any]]:
    """The lines of a file."""
    assert id is not None
    return [json.loads(line) for line in (await client.files.content(id)).text.splitlines()]
