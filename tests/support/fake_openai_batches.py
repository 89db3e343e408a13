"""A small OpenAI that takes batches, in the shape of its recorded answers, and chat completions beside them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from fake_batches import KEY, FakeBatches, Handler, running_batches
from openai.types import Batch, FileObject

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass
class FakeOpenAIBatches(FakeBatches):
    """files: by id. takes_batches: whether it has that API at all. keeps_metadata: whether it tells it again."""

    files: dict[str, bytes] = field(default_factory=dict)
    takes_batches: bool = True
    keeps_metadata: bool = True
    prefix = "/v1"
    url = "/v1/chat/completions"

    def routes(self) -> dict[tuple[str, str], Handler]:
        return {
            ("POST", "/files"): self.upload,
            ("GET", "/files/{id}/content"): self.content,
            ("POST", "/batches"): self.create,
            ("GET", "/batches"): self.list,
            ("GET", "/batches/{id}"): self.one,
            ("POST", "/batches/{id}/cancel"): self.cancel,
            ("POST", "/chat/completions"): self.complete,
        }

    def check(self, request: web.Request) -> None:
        """Whether it comes with its key."""
        assert request.headers["Authorization"] == f"Bearer {KEY}"

    async def upload(self, request: web.Request) -> web.Response:
        self.check(request)
        if not self.takes_batches:
            return self.refused(404)
        form = await request.post()
        assert form["purpose"] == "batch"
        sent = form["file"]
        assert isinstance(sent, web.FileField)
        data = sent.file.read()
        file = {"id": self._keep(data), "object": "file", "purpose": "batch", "bytes": len(data)}
        file |= {"filename": sent.filename, "created_at": 1, "status": "processed"}
        FileObject.model_validate(file)
        return self.uploaded(file)

    def uploaded(self, file: dict[str, Any]) -> web.Response:
        return web.json_response(file)

    async def create(self, request: web.Request) -> web.Response:
        self.check(request)
        wish = await request.json()
        assert (wish["endpoint"], wish["completion_window"]) == (self.url, "24h")
        id = f"batch_{len(self.batches) + 1}"
        self.requests[id] = [json.loads(line) for line in self.files[wish["input_file_id"]].splitlines()]
        assert {(line["url"], line["method"]) for line in self.requests[id]} == {(self.url, "POST")}
        metadata = wish.pop("metadata")
        self.batches[id] = {
            "id": id,
            "object": "batch",
            "created_at": 4_000_000_000,
            "status": "in_progress",
            "output_file_id": None,
            "error_file_id": None,
            "metadata": metadata if self.keeps_metadata else None,
            **wish,
        }
        return await self.made(self.shown(id))

    def shown(self, id: str) -> dict[str, Any]:
        Batch.model_validate(self.batches[id])
        return self.batches[id]

    async def list(self, request: web.Request) -> web.Response:
        """Newest first, a page at a time."""
        self.check(request)
        if not self.takes_batches:
            return self.refused(404)
        ids = [*self.batches][::-1]
        first = ids.index(request.query["after"]) + 1 if "after" in request.query else 0
        page = ids[first : first + int(request.query.get("limit", 20))]
        more = first + len(page) < len(ids)
        return web.json_response({"object": "list", "data": [self.shown(id) for id in page], "has_more": more})

    async def one(self, request: web.Request) -> web.Response:
        self.check(request)
        id = request.match_info["id"]
        return web.json_response(self.shown(id)) if id in self.batches else self.refused(404)

    async def cancel(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if self.batches[id]["status"] != "in_progress":
            return web.json_response({"error": {"message": "Cannot cancel a batch that has ended."}}, status=409)
        self.end(id, "cancelled", answers=1)
        return web.json_response({**self.shown(id), "status": "cancelling"})

    async def content(self, request: web.Request) -> web.Response:
        self.check(request)
        return web.Response(body=self.files[request.match_info["id"]])

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(body)
        return web.json_response(completion(body))

    def end(
        self, id: str, status: str = "completed", answers: int | None = None, errors: Mapping[int, int] | None = None
    ) -> None:
        batch, errors = self.batches[id], errors or {}
        output, failed = [], []
        for number, line in enumerate(self.requests[id][:answers]):
            code = errors.get(number, 200)
            body = completion(line["body"]) if code == 200 else {"error": {"message": "No.", "code": "no_good"}}
            response = {"status_code": code, "request_id": "req_1", "body": body}
            one = {"id": f"batch_req_{number}", "custom_id": line["custom_id"], "response": response, "error": None}
            (output if code == 200 else failed).append(one)
        if status != "completed":
            left = self.requests[id][len(output) + len(failed) :]
            error = {"code": f"batch_{status}", "message": "It was not executed."}
            failed += [{"id": "r", "custom_id": one["custom_id"], "response": None, "error": error} for one in left]
        batch["output_file_id"] = self._keep(lines_of(output[::-1])) if output else None
        batch["error_file_id"] = self._keep(lines_of(failed[::-1])) if failed else None
        batch["status"] = status

    def _keep(self, data: bytes) -> str:
        id = f"file-{len(self.files) + 1}"
        self.files[id] = data
        return id


def lines_of(objects: list[dict[str, Any]]) -> bytes:
    """As JSONL."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def completion(body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": f"re {body['messages'][0]['content']}"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": choices, "usage": USAGE}


@asynccontextmanager
async def fake_openai_batches() -> AsyncIterator[FakeOpenAIBatches]:
    """The upstream on a free port."""
    upstream = FakeOpenAIBatches()
    async with running_batches(upstream):
        yield upstream
