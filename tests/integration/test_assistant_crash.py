"""The tutor as a process that is killed in the middle of an answer."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from fake_openai import WORDS, Upstream, fake_openai
from services import Service, serving

PLACE = {"course": "botany", "lesson": "leaves"}
ASKING = {**PLACE, "messages": [{"role": "user", "content": "What do leaves make?"}], "model": "openai/m"}
LEARNER = {"X-Banyan-User": "ana", "Idempotency-Key": "k1"}


async def read_until(stream: aiohttp.StreamReader, text: str) -> bytes:
    read = b""
    while text.encode() not in read:
        piece = await stream.readany()
        assert piece, "the stream ended too early"
        read += piece
    return read


async def told(client: aiohttp.ClientSession, service: Service) -> list[tuple[str, str, str]]:
    async with client.get(f"{service.assistant}/api/v1/sessions/botany/leaves/history", headers=LEARNER) as answer:
        messages = (await answer.json())["messages"]
    return [(message["role"], message["content"], message["status"]) for message in messages]


async def post(client: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> Any:
    sent = msgspec.json.encode(body)
    async with client.post(url, data=sent, headers={**LEARNER, "Content-Type": "application/json"}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def killed_in_the_middle(client: aiohttp.ClientSession, upstream: Upstream, data: Path) -> None:
    """A service that has said the first word of an answer, and dies."""
    upstream.behaviour = "hang-midway"
    with serving_models(upstream, data) as service:
        lesson = {**PLACE, "content": "Leaves make sugar from light.", "title": "Leaves"}
        async with client.post(f"{service.proxy}/v1/rag/index", json=lesson) as indexed:
            assert indexed.status == 200
        streamed = {**ASKING, "stream": True}
        async with client.post(
            f"{service.assistant}/api/v1/chat/completions", json=streamed, headers=LEARNER
        ) as answer:
            await read_until(answer.content, WORDS[0])
            service.process.kill()
            await asyncio.to_thread(service.process.wait)


def serving_models(upstream: Upstream, data: Path) -> Any:
    return serving(data, more={"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": upstream.base_url})


async def test_a_turn_survives_the_death_of_its_process(tmp_path: Path) -> None:
    """The question is there, no half answer passes for a whole one, and the retry answers it once."""
    async with fake_openai() as upstream, aiohttp.ClientSession() as client:
        await killed_in_the_middle(client, upstream, tmp_path / "data")
        upstream.behaviour = "well"
        with serving_models(upstream, tmp_path / "data") as service:
            assert await told(client, service) == [("user", "What do leaves make?", "complete")]
            url = f"{service.assistant}/api/v1/chat/completions"
            first, second = await asyncio.gather(post(client, url, ASKING), post(client, url, ASKING))
            assert first == second
            assert len(upstream.seen) == 2
            assert await told(client, service) == [
                ("user", "What do leaves make?", "complete"),
                ("assistant", "".join(WORDS), "complete"),
            ]
            assert (await post(client, url, {**ASKING, "stream": False}))["id"] == first["id"]
            limits = f"{service.assistant}/api/v1/users/ana/limits?course=botany"
            async with client.get(limits, headers=LEARNER) as counted:
                assert (await counted.json())["used_messages_today"] == 1
