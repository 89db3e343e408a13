"""A small upstream that speaks OpenAI's wire over a real socket, well and badly."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from fake_upstream import JSON_WORDS, LEAKED, WORDS, FakeUpstream, Pieces, Refusal, running

__all__ = ["WORDS", "FakeOpenAI", "Upstream", "fake_openai"]

_REFUSALS = {
    "400": (400, {"message": "Unknown parameter: 'x'.", "type": "invalid_request_error", "param": "x", "code": None}),
    "401": (401, {"message": f"Incorrect API key provided: {LEAKED}.", "code": "invalid_api_key"}),
    "404": (404, {"message": "The model `m` does not exist.", "code": "model_not_found"}),
    "429": (429, {"message": "Slow down.", "type": "tokens", "code": "rate_limit_exceeded"}),
    "429-bare": (429, {"message": "Slow down."}),
    "503": (503, {"message": "The engine is currently overloaded.", "type": "server_error"}),
    "quota": (429, {"message": "You exceeded your current quota.", "code": "insufficient_quota"}),
    "too-long": (
        400,
        {
            "message": "This model's maximum context length is 8192 tokens. However, your messages had 9000 tokens.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "context_length_exceeded",
        },
    ),
    "filtered": (
        400,
        {"message": "Your request was rejected by our safety system.", "code": "content_filter"},
    ),
}
USAGE = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
CACHED_USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 7,
    "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 4},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"page": 3}'}}


class FakeOpenAI(FakeUpstream):
    """Chat completions and the list of models."""

    prefix = "/v1"

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        return {("POST", "/v1/chat/completions"): self.complete, ("GET", "/v1/models"): self.models}

    def refusal(self) -> Refusal | None:
        if self.behaviour == "in-band":
            return Refusal(200, {"error": {"message": f"The model fell over {LEAKED}"}})
        if self.behaviour not in _REFUSALS:
            return None
        status, error = _REFUSALS[self.behaviour]
        return Refusal(status, {"error": error})

    def plain(self, body: dict) -> dict:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._words(body))}
        reason = self._reason()
        if self.behaviour == "tool-call":
            message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
        choices = [{"index": 0, "finish_reason": reason, "message": message}]
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
        return {
            **head,
            "choices": [] if self.behaviour == "empty" else choices,
            "usage": self._usage(),
            "service_tier": "odd",
        }

    def pieces(self, body: dict) -> Pieces:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

        def chunk(delta: dict, reason: str | None = None) -> bytes:
            return self._event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

        words = [chunk({"content": word}) for word in self._words(body)]
        if self.behaviour == "tool-call":
            function = {"name": "look", "arguments": ""}
            first = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]}
            rest = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ('{"page"', ": 3}")]
            words = [chunk(delta) for delta in (first, *rest)]
        if self.behaviour == "twice":
            words = [b"id: %d\n" % number + word for number, word in enumerate(words)]
        after = [chunk({}, self._reason())]
        if (body.get("stream_options") or {}).get("include_usage"):
            after.append(self._event({**head, "choices": [], "usage": self._usage()}))
        return Pieces([], words, after, b"data: [DONE]\n\n")

    def broken_event(self) -> bytes:
        return self._event({"error": {"message": f"The model fell over {LEAKED}"}})

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "gpt-b"}, {"id": "gpt-a"}]})

    def _words(self, body: dict) -> list[str]:
        return JSON_WORDS if (body.get("response_format") or {}).get("type") == "json_schema" else WORDS

    def _usage(self) -> dict:
        return CACHED_USAGE if self.behaviour == "cached" else USAGE

    def _reason(self) -> str:
        return {"tool-call": "tool_calls", "filtered-midway": "content_filter", "full": "length"}.get(
            self.behaviour, "stop"
        )

    @staticmethod
    def _event(data: dict) -> bytes:
        return f"data: {json.dumps(data)}\n\n".encode()


Upstream = FakeOpenAI


@asynccontextmanager
async def fake_openai() -> AsyncIterator[FakeOpenAI]:
    """The upstream on a free port."""
    async with running(FakeOpenAI()) as upstream:
        yield upstream
