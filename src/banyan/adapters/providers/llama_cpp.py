"""Models in GGUF files, run by llama.cpp in this very process: no server, no network."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from time import time
from typing import Any

import msgspec

from banyan.adapters.providers._llama.engine import Engine, Event, Limits
from banyan.adapters.providers._llama.files import find_models, trained_context
from banyan.adapters.providers._llama.order import Order, read_order
from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.kernel.ids import new_id
from banyan.proxy.domain.chat_answer import usage
from banyan.proxy.domain.deployments import LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

_TYPICAL = Capabilities(tools=False, prefill=True)


class LlamaCppProvider:
    """The GGUF files below a folder, by their path in it without `.gguf`."""

    grounds_itself = False

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._engine = Engine(limits)
        self._trained: dict[Path, int | None] = {}

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says; the first byte is due before the whole answer is there."""
        order = read_order(call.body)
        patience = replace(call.patience, idle=max(call.patience.idle, call.patience.total))
        pieces: list[str] = []
        async with aclosing(self._run(call, order, patience=patience)) as events:
            async for event in events:
                if isinstance(event, str):
                    pieces.append(event)
                else:
                    choice = {
                        "index": 0,
                        "message": {"role": "assistant", "content": "".join(pieces)},
                        "finish_reason": event["reason"],
                    }
                    return _written(_head("chat.completion", call.model), [choice], **_usage(event))
        raise _cut()

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says; a chunk for each token that ends a character."""
        order = read_order(call.body)
        head = _head("chat.completion.chunk", call.model)
        role: dict[str, str] = {"role": "assistant"}
        async with aclosing(self._run(call, order)) as events:
            async for event in events:
                if isinstance(event, str):
                    yield _written(head, [{"index": 0, "delta": {**role, "content": event}, "finish_reason": None}])
                    role = {}
                    continue
                yield _written(head, [{"index": 0, "delta": role, "finish_reason": event["reason"]}])
                if order.with_usage:
                    yield _written(head, [], **_usage(event))
                return
        raise _cut()

    def capabilities(self, model: str) -> Capabilities:
        """Text and JSON; an answer that was begun goes on. The context is the file's, up to the setting."""
        path = self._folder / f"{model}.gguf"
        if path not in self._trained and model in find_models(self._folder):
            self._trained[path] = trained_context(path)
        trained = self._trained.get(path)
        window = self._limits.context if trained is None else min(trained, self._limits.context)
        return replace(_TYPICAL, context_window=window)

    async def models(self) -> list[str]:
        """The files that are there now."""
        return list(find_models(self._folder))

    async def close(self) -> None:
        """Stops what runs, and frees the memory."""
        await self._engine.close()

    def _run(self, call: ChatCall, order: Order, **other: Any) -> AsyncGenerator[Event, None]:
        path = find_models(self._folder).get(call.model)
        if path is None:
            raise UpstreamFailed(
                f"There is no {call.model}.gguf below {self._folder}; put it there, or choose one of /v1/models.",
                code="model_not_found",
                param="model",
                status=404,
            )
        return self._engine.run(path, order, other.get("patience", call.patience))


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": new_id("chatcmpl"), "object": kind, "created": int(time()), "model": model}


def _written(head: dict[str, Any], choices: list[dict[str, Any]], **more: Any) -> bytes:
    return msgspec.json.encode({**head, "choices": choices, **more})


def _usage(counts: dict[str, Any]) -> dict[str, Any]:
    """cache_n, as llama.cpp's server says it: tokens of the prompt that were still there from the call before."""
    return {"usage": usage(counts["prompt"], counts["completion"]), "timings": {"cache_n": counts["cached"]}}


def _cut() -> UpstreamFailed:
    return UpstreamFailed(
        "The model in this process was stopped in the middle of its answer; ask again.", code="stream_cut"
    )


def _limits(needs: ProviderNeeds) -> Limits:
    """Raises: InvalidInput."""
    found: dict[str, int] = {}
    for name in ("context", "in_memory", "queue", "threads"):
        value = needs.settings.get(name) or needs.environment.get(f"LOCAL_MODELS_{name.upper()}")
        if value is None:
            continue
        if not value.isdecimal() or (int(value) < 1 and name != "queue"):
            raise InvalidInput(f"`{name}` of a local model is {value!r}, which is no number above 0; correct it.")
        found[name] = int(value)
    return replace(Limits(), **found)


def _open(needs: ProviderNeeds) -> LlamaCppProvider | None:
    folder = needs.settings.get("path") or needs.environment.get("LOCAL_MODELS_PATH")
    if not folder or find_spec("llama_cpp") is None:
        return None
    if not Path(folder).is_dir():
        raise InvalidInput(f"LOCAL_MODELS_PATH is {folder}, which is no folder; correct it.")
    return LlamaCppProvider(Path(folder), _limits(needs))


ENTRY = ProviderEntry(
    name="llama-cpp",
    summary="GGUF files in LOCAL_MODELS_PATH, run by llama.cpp in this process.",
    open=_open,
    missing="Install the extra (`pip install 'banyan[llama]'`), set LOCAL_MODELS_PATH to a folder of GGUF files "
    "and start again to have llama-cpp/NAME.",
    takes={
        "path": "The folder.",
        "context": "Tokens of prompt and answer together, at most.",
        "in_memory": "Models that are kept in memory at a time.",
        "queue": "Calls that may wait for their turn.",
        "threads": "Processor threads for an answer.",
    },
    zone=LOCAL,
    free=True,
    environment={
        "LOCAL_MODELS_PATH": "Folder of GGUF files for models written `llama-cpp/NAME`, which run in this process.",
        "LOCAL_MODELS_CONTEXT": "Tokens of prompt and answer together that such a model has room for, which takes "
        "memory. Without it: 8192, or less where the model was trained with less.",
        "LOCAL_MODELS_IN_MEMORY": "How many of them are kept in memory. Without it: one.",
        "LOCAL_MODELS_QUEUE": "How many calls may wait for them; further ones are told to come back. Without it: 16.",
        "LOCAL_MODELS_THREADS": "Processor threads that one answer takes. Without it: half of those that there are.",
    },
    docs="https://github.com/abetlen/llama-cpp-python",
    typical=_TYPICAL,
)
