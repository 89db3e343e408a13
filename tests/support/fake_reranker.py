"""A small server that speaks both wire shapes of rerankers over a real socket, well and badly."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class RerankServer:
    """behaviour: how the next answers come; bytes are the answer itself. seen: each request's (path, headers, body).

    Texts score by how often they say `favourite`.
    """

    url: str = ""
    favourite: str = "bees"
    behaviour: str | bytes = "well"
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def cohere(self, request: web.Request) -> web.StreamResponse:
        """`/v2/rerank`: refuses a field that it does not know, as Cohere does."""
        return await self._answer(request, {"model", "query", "documents", "top_n"}, self._as_cohere)

    async def jina(self, request: web.Request) -> web.StreamResponse:
        """`/v1/rerank`."""
        return await self._answer(request, {"model", "query", "documents", "top_n", "return_documents"}, self._as_jina)

    async def _answer(self, request: web.Request, known: set[str], shape: Any) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.seen.append((request.path, dict(request.headers), body))
        if isinstance(self.behaviour, bytes):
            return web.Response(body=self.behaviour, content_type="application/json")
        if self.behaviour.isdigit():
            return web.json_response({"message": "no, sk-secret-123456"}, status=int(self.behaviour))
        if self.behaviour == "hang":
            try:
                await asyncio.Event().wait()
            finally:
                self.gone.set()
        if self.behaviour == "cut":
            assert request.transport is not None
            request.transport.close()
        if self.behaviour == "redirect":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        if not set(body) <= known or body["top_n"] < 1:
            return web.json_response({"message": "unknown field"}, status=422)
        scores = [text.casefold().count(self.favourite) / 10 for text in body["documents"]]
        results = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
        if self.behaviour == "missing":
            results = [one for one in results if one["relevance_score"]]
        return web.json_response(shape(results, body))

    def _as_cohere(self, results: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        results = sorted(results, key=lambda one: -one["relevance_score"])
        return {"results": results, "id": "1", "meta": {"api_version": {"version": "2"}}}

    def _as_jina(self, results: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        """Unsorted, as llama.cpp leaves it, and with texts, as vLLM sends them unless told otherwise."""
        for one in results:
            if body.get("return_documents", True):
                one["document"] = {"text": body["documents"][one["index"]]}
        return {"model": body.get("model"), "object": "list", "usage": {"total_tokens": 5}, "results": results}


@asynccontextmanager
async def fake_reranker() -> AsyncIterator[RerankServer]:
    """The server on a free port."""
    server = RerankServer()
    app = web.Application()
    app.router.add_post("/v2/rerank", server.cohere)
    app.router.add_post("/v1/rerank", server.jina)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
