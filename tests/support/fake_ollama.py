"""A small upstream that speaks Ollama's own wire over a real socket, in the shape that its server was recorded with."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web
from fake_upstream import JSON_WORDS, LEAKED, WORDS, FakeUpstream, Pieces, Refusal

_OVERFLOW = {
    "error": {
        "code": 400,
        "message": "request (2622 tokens) exceeds the available context size (512 tokens), try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 2622,
        "n_ctx": 512,
    }
}
_REFUSALS = {
    "400": (400, "registry.ollama.ai/library/m:latest does not support thinking"),
    "401": (401, f"unauthorized {LEAKED}"),
    "404": (404, "model 'm' not found"),
    "429": (429, "too many concurrent requests"),
    "429-bare": (429, "too many concurrent requests"),
    "503": (503, "server busy, please try again.  maximum pending requests exceeded"),
    "too-long": (400, json.dumps(_OVERFLOW, separators=(",", ":"))),
    "too-long-older": (400, "the input length exceeds the context length"),
    "in-band": (200, f"llama runner process has terminated {LEAKED}"),
}
COUNTS = {
    "total_duration": 4883583458,
    "load_duration": 1334875,
    "prompt_eval_count": 10,
    "prompt_eval_duration": 342546000,
    "eval_count": 7,
    "eval_duration": 4535599000,
}
CALL = {"function": {"name": "look", "arguments": {"page": 3}}}
TAGS = [
    {"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest", "digest": "b" * 64, "size": 274302450},
    {"name": "llama3.2:latest", "model": "llama3.2:latest", "digest": "a" * 64, "size": 2019393189},
    {
        "name": "gpt-oss:120b-cloud",
        "model": "gpt-oss:120b-cloud",
        "digest": "c" * 64,
        "remote_model": "gpt-oss:120b",
        "remote_host": "https://ollama.com:443",
    },
]
SHOWN = {
    "llama3.2:latest": {
        "template": '{{ if eq .Role "assistant" }}{{ .Content }}{{ if not $last }}<|eot_id|>{{ end }}{{ end }}',
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
        "capabilities": ["completion", "tools"],
    },
    "nomic-embed-text:latest": {
        "template": "{{ .Prompt }}",
        "model_info": {"general.architecture": "nomic-bert", "nomic-bert.context_length": 2048},
        "capabilities": ["embedding"],
    },
}


class FakeOllama(FakeUpstream):
    """Chat, the models that are pulled, what they can do, and embeddings."""

    stream_type: ClassVar[str] = "application/x-ndjson"

    def routes(self) -> dict[tuple[str, str], Callable[[web.Request], Any]]:
        return {
            ("POST", "/api/chat"): self.complete,
            ("GET", "/api/tags"): self.tags,
            ("POST", "/api/show"): self.show,
            ("POST", "/api/embed"): self.embed,
        }

    def refusal(self) -> Refusal | None:
        if self.behaviour not in _REFUSALS:
            return None
        status, words = _REFUSALS[self.behaviour]
        return Refusal(status, {"error": words})

    def streams(self, body: dict) -> bool:
        return bool(body.get("stream", True))

    def plain(self, body: dict) -> dict:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._words(body))}
        if self.behaviour == "tool-call":
            message = {"role": "assistant", "content": "", "tool_calls": [CALL]}
        if self.behaviour == "thinking":
            message["thinking"] = "A leaf. Hm."
        head = {"model": body["model"], "created_at": "2025-11-22T19:00:00.416799Z"}
        said = {} if self.behaviour == "empty" else {"message": message}
        return {**head, **said, "done_reason": self._reason(), "done": True, **COUNTS}

    def pieces(self, body: dict) -> Pieces:
        head = {"model": body["model"], "created_at": "2025-11-22T19:00:00.416799Z"}

        def line(message: dict, **more: object) -> bytes:
            said = {"role": "assistant", "content": "", **message}
            return json.dumps({**head, "message": said, "done": False, **more}).encode() + b"\n"

        before = [line({"thinking": word}) for word in ("A leaf. ", "Hm.")] if self.behaviour == "thinking" else []
        words = [line({"content": word}) for word in self._words(body)]
        if self.behaviour == "tool-call":
            words = [line({"tool_calls": [CALL]})]
        return Pieces(before, words, [line({}, done=True, done_reason=self._reason(), **COUNTS)])

    def broken_event(self) -> bytes:
        return json.dumps({"error": f"an error was encountered while running the model {LEAKED}"}).encode() + b"\n"

    def noise(self) -> bytes:
        return b"\r\n\n{broken\n"

    def sign_of_life(self) -> bytes:
        return b"\n"

    async def tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": TAGS})

    async def show(self, request: web.Request) -> web.Response:
        model = (await request.json())["model"]
        if model not in SHOWN:
            return web.json_response({"error": f"model '{model}' not found"}, status=404)
        return web.json_response(SHOWN[model])

    async def embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.seen.append((dict(request.headers), body))
        refused = self.refusal()
        if refused is not None:
            return web.json_response(refused.body, status=refused.status)
        rows = [[float(len(text)), 1.0, 1.0] for text in body["input"]]
        if self.behaviour == "too few":
            rows.pop()
        answer = {
            "model": body["model"],
            "embeddings": rows,
            "total_duration": 14143917,
            "prompt_eval_count": len(rows),
        }
        return web.json_response(answer)

    def _words(self, body: dict) -> list[str]:
        return JSON_WORDS if isinstance(body.get("format"), dict) else WORDS

    def _reason(self) -> str:
        return "length" if self.behaviour == "full" else "stop"
