"""A small OpenAI that takes batches, in the shape of its recorded answers, and chat completions beside them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass
class FakeOpenAIBatches:
    """files: by id. batches: by id, as they are shown. calls: bodies of completions that were asked one by one.
    takes_batches: whether it has that API at all.

    `end` brings a batch to its end, with answers to so many of its lines.
    """

    base_url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    takes_batches: bool = True

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["purpose"] == "batch"
        assert request.headers["Authorization"] == "Bearer sk-secret-123456"
        sent = form["file"]
        assert isinstance(sent, web.FileField)
        return web.json_response({"id": self._keep(sent.file.read()), "object": "file", "purpose": "batch"})

    async def create(self, request: web.Request) -> web.Response:
        wish = await request.json()
        assert wish["input_file_id"] in self.files
        id = f"batch_{len(self.batches) + 1}"
        self.batches[id] = {
            "id": id,
            "object": "batch",
            "status": "in_progress",
            "output_file_id": None,
            "error_file_id": None,
            **wish,
        }
        return web.json_response(self.batches[id])

    async def list(self, request: web.Request) -> web.Response:
        if not self.takes_batches:
            return web.json_response({"error": {"message": "Not Found"}}, status=404)
        return web.json_response({"object": "list", "data": [*self.batches.values()][::-1], "has_more": False})

    async def one(self, request: web.Request) -> web.Response:
        return web.json_response(self.batches[request.match_info["id"]])

    async def cancel(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if self.batches[id]["status"] != "in_progress":
            return web.json_response({"error": {"message": "Cannot cancel a batch that has ended."}}, status=409)
        self.end(id, "cancelled", answers=1)
        return web.json_response({**self.batches[id], "status": "cancelling"})

    async def content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]])

    async def complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(body)
        return web.json_response(completion(body))

    def end(self, id: str, status: str = "completed", answers: int | None = None) -> None:
        """The last lines first, as nothing promises their order."""
        batch = self.batches[id]
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()][:answers]
        output = [
            {
                "id": f"batch_req_{number}",
                "custom_id": line["custom_id"],
                "response": {"status_code": 200, "request_id": "req_1", "body": completion(line["body"])},
                "error": None,
            }
            for number, line in enumerate(lines)
        ]
        batch["output_file_id"] = self._keep(b"".join(json.dumps(one).encode() + b"\n" for one in output[::-1]))
        batch["status"] = status

    def _keep(self, data: bytes) -> str:
        id = f"file-{len(self.files) + 1}"
        self.files[id] = data
        return id


def completion(body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": f"re {body['messages'][0]['content']}"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": choices, "usage": USAGE}


@asynccontextmanager
async def fake_openai_batches() -> AsyncIterator[FakeOpenAIBatches]:
    """The upstream on a free port."""
    upstream = FakeOpenAIBatches()
    app = web.Application()
    app.router.add_post("/v1/files", upstream.upload)
    app.router.add_get("/v1/files/{id}/content", upstream.content)
    app.router.add_post("/v1/batches", upstream.create)
    app.router.add_get("/v1/batches", upstream.list)
    app.router.add_get("/v1/batches/{id}", upstream.one)
    app.router.add_post("/v1/batches/{id}/cancel", upstream.cancel)
    app.router.add_post("/v1/chat/completions", upstream.complete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    upstream.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield upstream
    finally:
        await runner.cleanup()
