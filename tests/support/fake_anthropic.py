"""A small upstream that speaks Anthropic's Messages API over a real socket, well and badly.

What it is sent and what it sends goes through the types of the official SDK, so that neither drifts from the real wire.
"""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from anthropic.types import Message, MessageCreateParams, ModelInfo, RawMessageStreamEvent
from fake_upstream import JSON_WORDS, LEAKED, WORDS, FakeUpstream, Pieces, Refusal
from pydantic import TypeAdapter

_request = TypeAdapter(MessageCreateParams)
_event = TypeAdapter(RawMessageStreamEvent)

_REFUSALS = {
    "400": (400, "invalid_request_error", "max_tokens: Input should be greater than 0"),
    "401": (401, "authentication_error", f"invalid x-api-key {LEAKED}"),
    "404": (404, "not_found_error", "model: m"),
    "429": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "429-bare": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "503": (529, "overloaded_error", "Overloaded"),
    "quota": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "too-long": (400, "invalid_request_error", "prompt is too long: 200082 tokens > 200000 maximum"),
    "filtered": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    "in-band": (200, "api_error", f"Internal server error {LEAKED}"),
}
_REASONS = {"tool-call": "tool_use", "filtered-midway": "refusal", "full": "max_tokens"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"page": 3}}


class FakeAnthropic(FakeUpstream):
    """Messages and the list of models. reason: the stop reason instead of the behaviour's."""

    reason: str | None = None

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        return {("POST", "/v1/messages"): self.complete, ("GET", "/v1/models"): self.models}

    def refusal(self) -> Refusal | None:
        if self.behaviour not in _REFUSALS:
            return None
        status, kind, message = _REFUSALS[self.behaviour]
        return Refusal(status, self._error(kind, message))

    def plain(self, body: dict) -> dict:
        _check(body)
        content: list[dict] = [{"type": "text", "text": "".join(self._words(body)), "citations": None}]
        tool = self._tool(body)
        if tool is not None:
            content = [tool]
        if self.behaviour == "thinks":
            content.insert(0, {"type": "thinking", "thinking": "Green, so a leaf.", "signature": "sig"})
        answer = {**self._head(body), "content": content, "stop_reason": self._reason(body)}
        answer["usage"] |= {"output_tokens": 7}
        if self.behaviour == "empty":
            answer |= {"content": [], "stop_reason": None}
        Message.model_validate(answer)
        return answer

    def pieces(self, body: dict) -> Pieces:
        _check(body)
        tool = self._tool(body)
        text = {"type": "text", "text": "", "citations": None}
        start = {"type": "content_block_start", "index": 0, "content_block": text}
        deltas = [{"type": "text_delta", "text": word} for word in self._words(body)]
        if tool is not None:
            start["content_block"] = {**tool, "input": {}}
            given = json.dumps(tool["input"])
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", given[:6], given[6:])]
        before = [self._say({"type": "message_start", "message": self._head(body)})]
        if self.behaviour == "thinks":
            thought = {"type": "thinking", "thinking": "", "signature": ""}
            before += [
                self._say({"type": "content_block_start", "index": 0, "content_block": thought}),
                *(
                    self._say({"type": "content_block_delta", "index": 0, "delta": delta})
                    for delta in (
                        {"type": "thinking_delta", "thinking": "Green, so a leaf."},
                        {"type": "signature_delta", "signature": "sig"},
                    )
                ),
                self._say({"type": "content_block_stop", "index": 0}),
            ]
            start["index"] = 1
        before += [self._say(start), b'event: ping\ndata: {"type": "ping"}\n\n']
        index = start["index"]
        words = [self._say({"type": "content_block_delta", "index": index, "delta": delta}) for delta in deltas]
        if self.behaviour == "twice":
            words = [b"id: %d\n" % number + word for number, word in enumerate(words)]
        delta = {"stop_reason": self._reason(body), "stop_sequence": None}
        after = [
            self._say({"type": "content_block_stop", "index": index}),
            self._say({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 7}}),
        ]
        return Pieces(before, words, after, self._say({"type": "message_stop"}))

    def broken_event(self) -> bytes:
        return _framed(self._error("overloaded_error", f"Overloaded {LEAKED}"))

    def sign_of_life(self) -> bytes:
        return b'event: ping\ndata: {"type": "ping"}\n\n'

    async def models(self, request: web.Request) -> web.Response:
        assert request.query["limit"] == "1000"
        data = [
            {"id": id, "type": "model", "display_name": id, "created_at": "2025-09-29T00:00:00Z", "lifecycle": "active"}
            for id in ("claude-b", "claude-a")
        ]
        for model in data:
            ModelInfo.model_validate(model)
        return web.json_response({"data": data, "has_more": False, "first_id": "claude-b", "last_id": "claude-a"})

    def _head(self, body: dict) -> dict:
        cached = {"input_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1}
        usage = cached if self.behaviour == "cached" else {"input_tokens": 3}
        head = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": []}
        return {**head, "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}

    def _words(self, body: dict) -> list[str]:
        return JSON_WORDS if "format" in body.get("output_config", {}) else WORDS

    def _tool(self, body: dict) -> dict | None:
        if self.behaviour == "tool-call":
            return CALL
        choice = body.get("tool_choice", {})
        if choice.get("type") == "tool":
            return {
                "type": "tool_use",
                "id": "toolu_2",
                "name": choice["name"],
                "input": json.loads("".join(JSON_WORDS)),
            }
        return None

    def _reason(self, body: dict) -> str:
        if self.reason is not None:
            return self.reason
        return _REASONS.get(self.behaviour, "end_turn" if self._tool(body) is None else "tool_use")

    def _say(self, event: dict) -> bytes:
        _event.validate_python(event)
        return _framed(event)

    @staticmethod
    def _error(kind: str, message: str) -> dict:
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def _framed(event: dict) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _check(body: dict) -> None:
    """What is sent has to be what the SDK would send; fields that it does not know are refused as the API does."""
    unknown = body.keys() - MessageCreateParams.__args__[0].__annotations__.keys() - _BASE
    assert unknown <= {"temperature", "top_p"}, unknown
    _request.validate_python(body)


_BASE = {name for part in MessageCreateParams.__args__ for base in part.__orig_bases__ for name in base.__annotations__}
