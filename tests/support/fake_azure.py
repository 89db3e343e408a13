"""A small upstream that speaks Azure OpenAI's wire: the newer API below `/openai/v1`, the classic one by deployment."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from fake_openai import FakeOpenAI
from fake_upstream import LEAKED, Pieces, Refusal

CLASSIC = "2024-10-21"
_CLEAN = {"hate": {"filtered": False, "severity": "safe"}, "violence": {"filtered": False, "severity": "safe"}}
_REFUSALS = {
    "401": (401, {"code": "401", "message": f"Access denied due to invalid subscription key {LEAKED}."}),
    "404": (404, {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}),
    "429": (429, {"code": "429", "message": "Requests have exceeded the token rate limit of your pricing tier."}),
    "filtered": (
        400,
        {
            "message": "The response was filtered due to the prompt triggering Azure OpenAI's content policy.",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
            },
        },
    ),
}


class FakeAzure(FakeOpenAI):
    """Both APIs; each request has to come with its key or its token, and the classic one with its version."""

    prefix = ""

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        return {
            ("POST", "/openai/v1/chat/completions"): self.complete,
            ("POST", "/openai/deployments/{name}/chat/completions"): self.classic,
            ("POST", "/openai/v1/embeddings"): self.embed,
            ("POST", "/openai/deployments/{name}/embeddings"): self.embed,
        }

    async def classic(self, request: web.Request) -> web.StreamResponse:
        """With the deployment in the path."""
        assert (request.match_info["name"], request.query["api-version"]) == ("m", CLASSIC)
        return await self.complete(request)

    async def embed(self, request: web.Request) -> web.StreamResponse:
        """A vector as long as each text."""
        self.seen.append((dict(request.headers), await request.json()))
        data = [{"index": index, "embedding": [len(text), 1]} for index, text in enumerate(self.seen[-1][1]["input"])]
        return web.json_response({"data": data, "usage": {"prompt_tokens": len(data)}})

    def refusal(self) -> Refusal | None:
        if self.behaviour not in _REFUSALS:
            return super().refusal()
        status, error = _REFUSALS[self.behaviour]
        return Refusal(status, {"error": error})

    def plain(self, body: dict) -> dict:
        filtered = {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _CLEAN}]}
        answer = super().plain(body)
        choices = [choice | {"content_filter_results": _CLEAN} for choice in answer["choices"]]
        return {**answer, **filtered, "choices": choices}

    def pieces(self, body: dict) -> Pieces:
        """Before the first word comes a chunk without choices, which says what the filter thinks of the prompt."""
        pieces = super().pieces(body)
        seen = [{"prompt_index": 0, "content_filter_results": _CLEAN}]
        head = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": ""}
        first = self._event({"choices": [], **head, "prompt_filter_results": seen})
        return Pieces([first], pieces.words, pieces.after, pieces.done)
