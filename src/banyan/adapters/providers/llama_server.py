"""llama.cpp's own server: OpenAI's wire, with a few words of its own for what goes wrong and what a model can do."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import msgspec

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.openai import OpenAIProvider
from banyan.kernel.errors import BanyanError, InvalidInput, UpstreamFailed
from banyan.proxy.domain.deployments import LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.proxy.ports.embedder import Embedder

_KEPT_SECONDS = 60
_LOADING_SECONDS = 2.0
"""After which a server that is loading its model is worth another try; small models are ready by then."""
_TOO_LONG = re.compile(r"exceed_context_size|exceeds the available context size|larger than the max context size")
_UNKNOWN = Capabilities(vision=True, prefill=True, embeddings=True)


class _Turn(msgspec.Struct):
    role: str = ""


class _Request(msgspec.Struct):
    messages: list[_Turn] = []
    chat_template_kwargs: object = None


class _Meta(msgspec.Struct):
    n_ctx: int | None = None
    n_ctx_train: int | None = None


class _Model(msgspec.Struct):
    id: str
    meta: _Meta | None = None


class _Models(msgspec.Struct):
    data: list[_Model]


class _Props(msgspec.Struct):
    modalities: dict[str, bool] = {}


_request = msgspec.json.Decoder(_Request)
_models = msgspec.json.Decoder(_Models)
_props = msgspec.json.Decoder(_Props)


class LlamaServerProvider(OpenAIProvider):
    """One llama-server, with one model or as a router over several.

    api: below `/v1`. root: the same server without it, where it tells about itself.
    """

    def __init__(self, api: Upstream, root: Upstream) -> None:
        super().__init__(api)
        self._root = root
        self._asked: float | None = None
        self._known: dict[str, Capabilities] = {}

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says, with llama.cpp's own `timings` beside OpenAI's fields."""
        try:
            return await super().complete(_continuing(call))
        except UpstreamFailed as error:
            raise self._translated(error) from error

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says."""
        try:
            async with aclosing(cast(AsyncGenerator[bytes, None], super().stream(_continuing(call)))) as chunks:
                async for chunk in chunks:
                    yield chunk
        except UpstreamFailed as error:
            raise self._translated(error) from error

    def capabilities(self, model: str) -> Capabilities:
        """What the server said when its models were listed last; it has one context for all of them until then."""
        return self._known.get(model, _UNKNOWN)

    async def models(self) -> list[str]:
        """The model that is loaded, or those of a router; asked again after a minute."""
        if self._asked is None or monotonic() - self._asked > _KEPT_SECONDS:
            try:
                found = _models.decode(await self._upstream.read("models")).data
            except UpstreamFailed as error:
                raise self._translated(error) from error
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UpstreamFailed("llama-server's list of models cannot be read; check LLAMA_SERVER_URL.") from error
            sees = await self._sees()
            self._known = {model.id: replace(_UNKNOWN, vision=sees, context_window=_window(model)) for model in found}
            self._asked = monotonic()
        return sorted(self._known)

    async def close(self) -> None:
        """Drops the connections."""
        await super().close()
        await self._root.close()

    async def _sees(self) -> bool:
        """Whether pictures can be sent; a router does not say, and then nothing is ruled out."""
        try:
            return _props.decode(await self._root.read("props")).modalities.get("vision", True)
        except (BanyanError, msgspec.DecodeError, UnicodeDecodeError):
            return True

    def _translated(self, error: UpstreamFailed) -> UpstreamFailed:
        base = self._root.base
        if error.code == "upstream_unreachable":
            return UpstreamFailed(
                f"llama-server cannot be reached at {base.host}:{base.port}; "
                "start it with `llama-server -m MODEL.gguf`, or correct LLAMA_SERVER_URL.",
                code="upstream_unreachable",
            )
        if error.status == 503 and "loading model" in error.message.lower():
            return UpstreamFailed(
                "llama-server is still loading its model; try again in a moment.",
                code="model_loading",
                retry_after=error.retry_after or _LOADING_SECONDS,
                status=503,
            )
        if _TOO_LONG.search(error.message):
            return UpstreamFailed(
                "The prompt is longer than the model's context; shorten it, choose a longer model "
                "or start llama-server with a larger `--ctx-size`.",
                code="context_length_exceeded",
                param="messages",
                status=400,
            )
        return error


def _window(model: _Model) -> int | None:
    return None if model.meta is None else model.meta.n_ctx or model.meta.n_ctx_train


def _continuing(call: ChatCall) -> ChatCall:
    """A call whose last message is an answer that was begun has to do without thinking, which comes before answers."""
    try:
        request = _request.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return call  # the server will say what is wrong with it
    if not request.messages or request.messages[-1].role != "assistant" or request.chat_template_kwargs is not None:
        return call
    fields: dict[str, Any] = msgspec.json.decode(call.body, type=dict[str, msgspec.Raw])
    return msgspec.structs.replace(
        call, body=msgspec.json.encode({**fields, "chat_template_kwargs": {"enable_thinking": False}})
    )


def _address(needs: ProviderNeeds) -> tuple[str, Secret] | None:
    """The server without `/v1`, and its key. Raises: InvalidInput."""
    base = needs.settings.get("base_url") or needs.environment.get("LLAMA_SERVER_URL")
    if not base:
        return None
    if not re.match(r"https?://[^/\s]+", base):
        raise InvalidInput("LLAMA_SERVER_URL must start with http:// or https:// and name a host; correct it.")
    key = needs.settings.get("api_key") or needs.environment.get("LLAMA_API_KEY") or None
    return base.rstrip("/").removesuffix("/v1"), Secret(key)


def _open(needs: ProviderNeeds) -> LlamaServerProvider | None:
    found = _address(needs)
    if found is None:
        return None
    root, secret = found
    return LlamaServerProvider(Upstream(f"{root}/v1", secret), Upstream(root, secret))


def _open_embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
    from banyan.adapters.providers.openai_embeddings import OpenAIEmbeddings

    found = _address(needs)
    return None if found is None else OpenAIEmbeddings(Upstream(f"{found[0]}/v1", found[1])).model


ENTRY = ProviderEntry(
    name="llama-server",
    summary="The model that llama.cpp's own server has loaded.",
    open=_open,
    missing="Set LLAMA_SERVER_URL (such as http://127.0.0.1:8080) and start again to have llama-server/NAME.",
    takes={
        "base_url": "Address of the server, without a path.",
        "api_key": "The key that the server was started with, or `env:NAME` of the variable that holds it.",
    },
    zone=LOCAL,
    free=True,
    embeddings=_open_embeddings,
    environment={
        "LLAMA_SERVER_URL": "Address of llama.cpp's `llama-server` for models written `llama-server/NAME`, "
        "such as `http://127.0.0.1:8080`.",
        "LLAMA_API_KEY": "The key that `llama-server` was started with.",
    },
    docs="https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
)
