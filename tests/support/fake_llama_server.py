"""llama.cpp's server: OpenAI's wire, with errors, properties and timings of its own."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from fake_openai import FakeOpenAI
from fake_upstream import LEAKED, Refusal

_REFUSALS = {
    "400": (400, "Missing required parameter", "invalid_request_error"),
    "401": (401, f"Invalid API Key {LEAKED}", "authentication_error"),
    "404": (404, "model 'm' not found", "not_found_error"),
    "loading": (503, "Loading model", "unavailable_error"),
    "503": (503, "no slot available", "unavailable_error"),
    "too-long": (
        400,
        "request (2622 tokens) exceeds the available context size (512 tokens), try increasing it",
        "exceed_context_size_error",
    ),
    "no-embeddings": (
        501,
        "This server does not support embeddings. Start it with `--embeddings`",
        "not_supported_error",
    ),
}
TIMINGS = {"cache_n": 4, "prompt_n": 6, "prompt_ms": 30.9, "predicted_n": 7, "predicted_ms": 661.1}


class FakeLlamaServer(FakeOpenAI):
    """One model with a context of 4096 tokens and no eyes."""

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        routes = super().routes()
        return {**routes, ("GET", "/props"): self.props, ("POST", "/v1/embeddings"): self.embeddings}

    def refusal(self) -> Refusal | None:
        if self.behaviour not in _REFUSALS:
            return super().refusal()
        status, words, kind = _REFUSALS[self.behaviour]
        return Refusal(status, {"error": {"code": status, "message": words, "type": kind}})

    def plain(self, body: dict) -> dict:
        return {**super().plain(body), "timings": TIMINGS}

    async def models(self, request: web.Request) -> web.Response:
        if self.behaviour == "loading":
            refused = self.refusal()
            assert refused is not None
            return web.json_response(refused.body, status=refused.status)
        meta = {"vocab_type": 2, "n_vocab": 128256, "n_ctx": 4096, "n_ctx_train": 131072, "n_embd": 4096}
        data = [{"id": "qwen2.5-7b-q4_k_m.gguf", "object": "model", "owned_by": "llamacpp", "meta": meta}]
        return web.json_response({"object": "list", "data": data})

    async def props(self, request: web.Request) -> web.Response:
        settings = {"n_ctx": 4096, "params": {}}
        return web.json_response(
            {"default_generation_settings": settings, "total_slots": 4, "modalities": {"vision": False, "audio": False}}
        )

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        refused = self.refusal()
        if refused is not None:
            return web.json_response(refused.body, status=refused.status)
        data = [
            {"index": index, "embedding": [float(len(text)), 1.0, 1.0], "object": "embedding"}
            for index, text in enumerate(body["input"])
        ]
        return web.json_response({"object": "list", "data": data, "usage": {"prompt_tokens": len(data)}})
