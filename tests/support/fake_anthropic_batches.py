"""A small Anthropic that takes Message Batches, and messages beside them.

What it is sent and what it sends goes through the types of the official SDK, so that neither drifts from the real wire.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from anthropic.types import Message, MessageCreateParams
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse
from anthropic.types.messages.batch_create_params import Request
from fake_batches import KEY, FakeBatches, Handler
from pydantic import TypeAdapter

_requests = TypeAdapter(list[Request])
_message = TypeAdapter(MessageCreateParams)
_ERRORS = {400: "invalid_request_error", 429: "rate_limit_error", 529: "overloaded_error", 500: "api_error"}
_REST = {"completed": "expired", "expired": "expired", "cancelled": "canceled"}


@dataclass
class FakeAnthropicBatches(FakeBatches):
    """results: by id of the batch. cancels_at_once: whether a cancelled batch ends before it is looked at again."""

    results: dict[str, bytes] = field(default_factory=dict)
    cancels_at_once: bool = True

    def routes(self) -> dict[tuple[str, str], Handler]:
        return {
            ("POST", "/v1/messages/batches"): self.create,
            ("GET", "/v1/messages/batches"): self.list,
            ("GET", "/v1/messages/batches/{id}"): self.one,
            ("POST", "/v1/messages/batches/{id}/cancel"): self.cancel,
            ("GET", "/v1/messages/batches/{id}/results"): self.content,
            ("POST", "/v1/messages"): self.complete,
        }

    def refused(self, status: int) -> web.Response:
        error = {"type": _ERRORS.get(status, "not_found_error"), "message": "Not now."}
        return web.json_response({"type": "error", "error": error, "request_id": "req_1"}, status=status)

    async def create(self, request: web.Request) -> web.Response:
        self.check(request)
        wish = await request.json()
        assert set(wish) == {"requests"}
        _requests.validate_python(wish["requests"], strict=True)
        ids = [one["custom_id"] for one in wish["requests"]]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", id) for id in ids)
        return await self.made(self.begin(wish["requests"]))

    def begin(self, requests: list[dict[str, Any]]) -> dict[str, Any]:
        """A batch in progress; also for those of somebody else on the same account."""
        id = f"msgbatch_{len(self.batches) + 1}"
        self.requests[id] = requests
        counts = {"processing": len(requests), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        self.batches[id] = {
            "id": id,
            "type": "message_batch",
            "processing_status": "in_progress",
            "request_counts": counts,
            "created_at": "2096-08-20T18:37:24.100435Z",
            "expires_at": "2096-08-21T18:37:24.100435Z",
            "ended_at": None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": None,
        }
        return self.shown(id)

    def shown(self, id: str) -> dict[str, Any]:
        MessageBatch.model_validate(self.batches[id])
        return self.batches[id]

    def check(self, request: web.Request) -> None:
        assert (request.headers["x-api-key"], request.headers["anthropic-version"]) == (KEY, "2023-06-01")

    async def list(self, request: web.Request) -> web.Response:
        """Newest first, a page at a time."""
        self.check(request)
        ids = [*self.batches][::-1]
        first = ids.index(request.query["after_id"]) + 1 if "after_id" in request.query else 0
        page = ids[first : first + int(request.query.get("limit", 20))]
        ends = {"first_id": page[0], "last_id": page[-1]} if page else {"first_id": None, "last_id": None}
        more = first + len(page) < len(ids)
        return web.json_response({"data": [self.shown(id) for id in page], "has_more": more, **ends})

    async def one(self, request: web.Request) -> web.Response:
        self.check(request)
        id = request.match_info["id"]
        return web.json_response(self.shown(id)) if id in self.batches else self.refused(404)

    async def cancel(self, request: web.Request) -> web.Response:
        self.check(request)
        id = request.match_info["id"]
        if self.batches[id]["processing_status"] == "ended":
            return self.refused(400)
        self.batches[id] |= {"processing_status": "canceling", "cancel_initiated_at": "2096-08-20T18:37:24.100435Z"}
        shown = dict(self.shown(id))
        if self.cancels_at_once:
            self.end(id, "cancelled", answers=1)
        return web.json_response(shown)

    async def content(self, request: web.Request) -> web.Response:
        self.check(request)
        id = request.match_info["id"]
        return web.Response(body=self.results[id]) if id in self.results else self.refused(404)

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(body)
        return web.json_response(message(body))

    def end(
        self, id: str, status: str = "completed", answers: int | None = None, errors: Mapping[int, int] | None = None
    ) -> None:
        errors = errors or {}
        outcomes: list[dict[str, Any]] = []
        for number, one in enumerate(self.requests[id]):
            if answers is not None and number >= answers:
                result: dict[str, Any] = {"type": _REST[status]}
            elif number in errors:
                error = {"type": _ERRORS[errors[number]], "message": "messages: this is no good"}
                result = {"type": "errored", "error": {"type": "error", "error": error, "request_id": "req_1"}}
            else:
                result = {"type": "succeeded", "message": message(one["params"])}
            outcomes.append({"custom_id": one["custom_id"], "result": result})
            MessageBatchIndividualResponse.model_validate(outcomes[-1])
        kinds = [one["result"]["type"] for one in outcomes]
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled", "expired")}
        self.results[id] = b"".join(json.dumps(one).encode() + b"\n" for one in outcomes[::-1])
        ended = {"processing_status": "ended", "ended_at": "2096-08-20T19:37:24.100435Z"}
        counted = {"processing": 0, **counts}
        url = f"https://api.anthropic.com/v1/messages/batches/{id}/results"
        self.batches[id] |= {**ended, "request_counts": counted, "results_url": url}


def message(body: dict[str, Any]) -> dict[str, Any]:
    _message.validate_python(body)
    said = body["messages"][0]["content"]
    said = said if isinstance(said, str) else said[0]["text"]
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": f"re {said}", "citations": None}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }
    Message.model_validate(answer)
    return answer
