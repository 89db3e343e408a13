"""A small upstream that speaks OpenAI's wire over a real socket, well and badly."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

WORDS = ["A leaf ", "makes sugar ", "from light [1]."]


@dataclass
class Upstream:
    """behaviour: how the next answers come. seen: every request's (headers, body). gone: set when a caller left."""

    base_url: str = ""
    behaviour: str = "well"
    seen: list[tuple[dict[str, str], dict]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.seen.append((dict(request.headers), body))
        match self.behaviour:
            case "401":
                told = {"message": "Incorrect API key provided: sk-secret-123456.", "code": "invalid_api_key"}
                return web.json_response({"error": told}, status=401)
            case "429":
                error = {"error": {"message": "Slow down."}}
                return web.json_response(error, status=429, headers={"Retry-After": "7"})
            case "500":
                return web.Response(status=500, text="<html>boom</html>")
            case "redirect":
                raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/elsewhere")
            case "html":
                return web.Response(text="<html>hello</html>", content_type="text/html")
            case "hang":
                await self._hang()
        return await self._stream(request) if body.get("stream") else self._plain(body)

    def _plain(self, body: dict) -> web.Response:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "".join(WORDS)}}
        usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
        return web.json_response({**head, "choices": [choice], "usage": usage, "service_tier": "odd"})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def say(data: str) -> None:
            await response.write(f"data: {data}\n\n".encode())

        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        for word in WORDS:
            choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
            await say(json.dumps({**head, "choices": [choice]}))
            if self.behaviour == "noise":
                await response.write(b": a comment\r\n\r\nevent: odd\ndata: {broken\n\n")
            if self.behaviour == "hang-midway":
                await self._hang()
            if self.behaviour == "cut":
                request.transport.close()
                return response
            if self.behaviour == "error-midway":
                await say('{"error": {"message": "The model fell over sk-secret-123456"}}')
                return response
            if self.behaviour == "ends-early":
                return response
        await say(json.dumps({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        if self.behaviour != "no-done":
            await say("[DONE]")
        return response

    async def _hang(self) -> None:
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.gone.set()

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "gpt-b"}, {"id": "gpt-a"}]})


@asynccontextmanager
async def fake_openai() -> AsyncIterator[Upstream]:
    """The upstream on a free port."""
    upstream = Upstream()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", upstream.complete)
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
