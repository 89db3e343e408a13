"""Which models an Ollama server has pulled, and what each can do."""

import asyncio
import re
from time import monotonic
from typing import Any

import msgspec

from banyan.adapters.providers._dialects.ollama_errors import translated
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.proxy.domain.deployments import Capabilities, Patience

_KEPT_SECONDS = 60
_SHOWN_AT_ONCE = 4
_SHOWING = Patience(connect=5, first_byte=10, idle=10, total=10)
_UNKNOWN = Capabilities(vision=True, embeddings=True)
"""Of a model that was not asked about yet: nothing that it may be able to do is ruled out."""
_CONTINUES = re.compile(r"if\s+not\s+\$last")
"""A template that leaves the last message open lets the model go on with an answer that was begun."""
_IN_THE_CLOUD = re.compile(r"[:-]cloud$")


class _Tag(msgspec.Struct):
    model: str
    digest: str = ""
    remote_host: str = ""


class _Tags(msgspec.Struct):
    models: list[_Tag] = []


class _Shown(msgspec.Struct):
    capabilities: list[str] | None = None
    model_info: dict[str, Any] | None = None
    template: str = ""


_tags = msgspec.json.Decoder(_Tags)
_shown = msgspec.json.Decoder(_Shown)


class PulledModels:
    """What one server said of its models, asked again after a minute.

    num_ctx: the context that they are loaded with, where that is set. cloud: whether those that the server passes on
    to a company's machines count as well.
    """

    def __init__(self, upstream: Upstream, *, num_ctx: int | None, cloud: bool) -> None:
        self._upstream = upstream
        self._num_ctx = num_ctx
        self._cloud = cloud
        self._listed: tuple[float, list[str]] | None = None
        self._known: dict[tuple[str, str], Capabilities] = {}
        self._by_name: dict[str, Capabilities] = {}

    def capabilities(self, model: str) -> Capabilities:
        """What the server said the last time it was asked; before that nothing is ruled out."""
        return self._by_name.get(_tagged(model), _UNKNOWN)

    async def names(self) -> list[str]:
        """With their tags, sorted."""
        if self._listed is None or monotonic() - self._listed[0] > _KEPT_SECONDS:
            tags = [tag for tag in await self._tags() if self._cloud or not is_remote(tag.model, tag.remote_host)]
            await self._look_at(tags)
            self._listed = monotonic(), sorted({tag.model for tag in tags})
        return self._listed[1]

    async def _tags(self) -> list[_Tag]:
        try:
            return _tags.decode(await self._upstream.read("api/tags")).models
        except UpstreamFailed as error:
            raise translated(error, "", self._upstream.base) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UpstreamFailed("Ollama's list of models cannot be read; check its base URL.") from error

    async def _look_at(self, tags: list[_Tag]) -> None:
        """Asks what each model can do that is new, or was pulled anew."""
        gate = asyncio.Semaphore(_SHOWN_AT_ONCE)

        async def look(tag: _Tag) -> None:
            async with gate:
                self._known[tag.model, tag.digest] = await self._show(tag.model)

        async with asyncio.TaskGroup() as tasks:
            for tag in tags:
                if (tag.model, tag.digest) not in self._known:
                    tasks.create_task(look(tag))
        now = {(tag.model, tag.digest) for tag in tags}
        self._known = {key: found for key, found in self._known.items() if key in now}
        self._by_name = {name: found for (name, _), found in self._known.items()}

    async def _show(self, model: str) -> Capabilities:
        """A model that vanishes in between, or an old server, leaves it unknown."""
        try:
            body = await self._upstream.send("api/show", msgspec.json.encode({"model": model}), _SHOWING)
            return _capabilities(_shown.decode(body), self._num_ctx)
        except (BanyanError, msgspec.DecodeError, UnicodeDecodeError):
            return _UNKNOWN


def _capabilities(shown: _Shown, num_ctx: int | None) -> Capabilities:
    info = shown.model_info or {}
    family = info.get("general.architecture")
    window = num_ctx or info.get(f"{family}.context_length")
    length = info.get(f"{family}.embedding_length")
    window = window if isinstance(window, int) else None
    prefill = bool(_CONTINUES.search(shown.template))
    if shown.capabilities is None:
        return Capabilities(vision=True, embeddings=True, prefill=prefill, context_window=window)
    can = frozenset(shown.capabilities)
    return Capabilities(
        chat="completion" in can,
        stream="completion" in can,
        tools="tools" in can,
        json_schema="completion" in can,
        vision="vision" in can,
        prefill=prefill and "completion" in can,
        embeddings="embedding" in can,
        context_window=window,
        dimensions=length if "embedding" in can and isinstance(length, int) else None,
    )


def _tagged(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def is_remote(model: str, remote_host: str = "") -> bool:
    """Whether Ollama would pass the model's prompts on to another machine."""
    return bool(remote_host or _IN_THE_CLOUD.search(model))
