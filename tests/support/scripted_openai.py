"""An upstream that speaks OpenAI's wire and answers by plain rules, so that a test can foresee every answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 5,
    "total_tokens": 16,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
ARGUMENTS = '{"city": "Paris"}'
MODERATED = {"flagged": True, "categories": {"violence": True}, "category_scores": {"violence": 0.9}}


@dataclass
class ScriptedUpstream:
    """seen: the path and body of every request. gone: set when a caller left. moderates: whether it has moderations."""

    base_url: str = ""
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    moderates: bool = True

    @property
    def url(self) -> str:
        """The same, as `in_a_thread` asks for it."""
        return self.base_url

    @property
    def last(self) -> dict[str, Any]:
        """The body of the last request."""
        return self.seen[-1][1]

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.seen.append((request.path, body))
        message, finish = answer(body)
        if finish == "refused":
            return web.json_response({"error": {"message": "Too long.", "code": "context_length_exceeded"}}, status=400)
        head = {"id": "chatcmpl-1", "created": 1, "model": body["model"] + "-2026"}
        if not body.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
            return web.json_response({**head, "object": "chat.completion", "choices": [choice], "usage": USAGE})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta in pieces(message):
            chunk = {"index": 0, "delta": delta, "finish_reason": None}
            await say(response, {**head, "object": "chat.completion.chunk", "choices": [chunk]})
        if finish == "cut":
            request.transport.close()
            return response
        if finish == "hang":
            try:
                await asyncio.Event().wait()
            finally:
                self.gone.set()
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        await say(response, {**head, "object": "chat.completion.chunk", "choices": [last]})
        await say(response, {**head, "object": "chat.completion.chunk", "choices": [], "usage": USAGE})
        await response.write(b"data: [DONE]\n\n")
        return response

    async def embed(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.seen.append((request.path, body))
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows = [{"object": "embedding", "index": n, "embedding": [1.0, 0.0]} for n in range(len(texts))]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response({"object": "list", "model": body["model"], "data": rows, "usage": usage})

    async def moderate(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.seen.append((request.path, body))
        if not self.moderates:
            return web.json_response({"error": {"message": "Not found."}}, status=404)
        count = len(body["input"]) if isinstance(body["input"], list) else 1
        results = [MODERATED] * count
        return web.json_response({"id": "modr-1", "model": body["model"], "results": results})

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "gpt-a"}]})


def answer(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The message and the finish reason that the last message of a request gets."""
    last = body["messages"][-1]
    asked = last["content"] if isinstance(last["content"], str) else "(parts)"
    if last["role"] == "tool":
        return {"content": f"The tool says {asked}."}, "stop"
    if asked in ("length", "content_filter", "cut", "hang"):
        return {"content": "Half an answer"}, asked
    if asked == "too long":
        return {}, "refused"
    if asked == "refuse":
        return {"content": None, "refusal": "I will not."}, "stop"
    if asked == "cite":
        return {"content": "Light makes sugar [1]."}, "stop"
    if body.get("tools"):
        names = [tool["function"]["name"] for tool in body["tools"]]
        calls = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": ARGUMENTS}}
            for n, name in enumerate(names)
        ]
        return {"content": "Let me look." if asked == "talk" else None, "tool_calls": calls}, "tool_calls"
    if body.get("response_format", {}).get("type") == "json_schema":
        return {"content": '{"answer": 42}'}, "stop"
    turns = " ".join(message["role"] for message in body["messages"])
    return {"content": f"{asked} after {turns}"}, "stop"


def pieces(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message as deltas: words, and every call's arguments in two halves."""
    for kind in ("content", "refusal"):
        for word in (message.get(kind) or "").split(" "):
            if word:
                yield {kind: word + " "}
    for n, call in enumerate(message.get("tool_calls", ())):
        function = call["function"]
        half = len(function["arguments"]) // 2
        yield {"tool_calls": [{"index": n, **call, "function": {**function, "arguments": ""}}]}
        for part in (function["arguments"][:half], function["arguments"][half:]):
            yield {"tool_calls": [{"index": n, "function": {"arguments": part}}]}


async def say(response: web.StreamResponse, chunk: dict[str, Any]) -> None:
    """One event."""
    await response.write(f"data: {json.dumps(chunk)}\n\n".encode())


@asynccontextmanager
async def scripted_openai() -> AsyncIterator[ScriptedUpstream]:
    """The upstream on a free port."""
    upstream = ScriptedUpstream()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", upstream.complete)
    app.router.add_post("/v1/embeddings", upstream.embed)
    app.router.add_post("/v1/moderations", upstream.moderate)
    app.router.add_get("/v1/models", upstream.models)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    upstream.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield upstream
    finally:
        await runner.cleanup()
