"""A small Azure OpenAI with a Global Batch deployment, in the shapes of its documentation: a file is pending at first,
states begin with capital letters, times are texts, and metadata is not told again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from fake_batches import KEY, Handler
from fake_openai_batches import FakeOpenAIBatches

VERSION = "2024-10-21"
LIVE, BATCH = "gpt-a", "gpt-a-batch"


@dataclass
class FakeAzureBatches(FakeOpenAIBatches):
    """Batches name the deployment for batches, calls the one for calls."""

    keeps_metadata: bool = False
    prefix = "/openai"
    url = "/chat/completions"

    def routes(self) -> dict[tuple[str, str], Handler]:
        routes = super().routes()
        del routes["POST", "/chat/completions"]
        live = f"/deployments/{LIVE}/chat/completions"
        return {**routes, ("GET", "/files/{id}"): self.file, ("POST", live): self.complete}

    def check(self, request: web.Request) -> None:
        assert request.headers["api-key"] == KEY
        assert request.query["api-version"] == VERSION

    def uploaded(self, file: dict[str, Any]) -> web.Response:
        return web.json_response({**file, "status": "pending"}, status=201)

    async def file(self, request: web.Request) -> web.Response:
        self.check(request)
        id = request.match_info["id"]
        return web.json_response({"id": id, "object": "file", "purpose": "batch", "status": "processed"})

    async def create(self, request: web.Request) -> web.Response:
        assert ("GET", f"/openai/files/file-{len(self.files)}") in self.seen
        return await super().create(request)

    def shown(self, id: str) -> dict[str, Any]:
        assert {line["body"]["model"] for line in self.requests[id]} == {BATCH}
        batch = self.batches[id]
        created = datetime.fromtimestamp(batch["created_at"], UTC).isoformat().replace("+", ".2491382+")
        return {**batch, "status": batch["status"].capitalize(), "created_at": created}
