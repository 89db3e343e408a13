"""Any API that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, Ollama, LiteLLM and many more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from banyan.adapters.providers._dialects.address import setting, web_address
from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.openai_models import capabilities_of, wants_completion_tokens
from banyan.adapters.providers._dialects.quirks import REASONS
from banyan.adapters.providers._dialects.sse import EventReader
from banyan.adapters.providers._dialects.upstream import Upstream, drain
from banyan.kernel.errors import UpstreamFailed
from banyan.kernel.json_text import as_utf8, without_lone_surrogates
from banyan.proxy.domain.chat_request import choices_asked
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.proxy.ports.batch_provider import BatchProvider
    from banyan.proxy.ports.embedder import Embedder

_DONE = b"[DONE]"
_MODELS_KEPT_SECONDS = 300


class _Choice(msgspec.Struct):
    index: int | None = 0
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    """What has to be known about a chunk or a completion; everything else is not looked at."""

    choices: list[_Choice] | None = None
    error: msgspec.Raw = msgspec.Raw(b"null")


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


_chunk = msgspec.json.Decoder(_Chunk)
_models = msgspec.json.Decoder(_Models)


class OpenAIProvider:
    """Bytes go through as they are; only what tells a whole answer from a broken one is looked at.

    upstream: with the version in its base URL, such as `https://api.openai.com/v1`.
    """

    grounds_itself = False

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._secret = upstream.secret
        self._listed: tuple[float, list[str]] | None = None

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        body = await self._upstream.send(self._path(call.model), self._body(call), call.patience)
        body = without_lone_surrogates(as_utf8(body))
        try:
            answer = _chunk.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailed(
                "The provider's answer is not a chat completion; check its base URL.", code="bad_answer"
            ) from error
        if _failed(answer):
            raise self._secret.failure(body)
        if not answer.choices:
            raise UpstreamFailed("The provider's answer holds no choice; ask again.", code="bad_answer")
        return body

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says. Events that are no JSON are left out; the stream then still has to finish by itself.

        A break after the reason for the end costs nothing but the provider's count.
        """
        reader = EventReader()
        unfinished: set[int] = set()
        finished: set[int] = set()
        asked = choices_asked(call.fields)
        path, body = self._path(call.model), self._body(call)
        async with self._upstream.stream(path, body, call.patience, last=call.last) as pieces:
            async for piece in pieces:
                for event in reader.feed(piece):
                    if event == _DONE:
                        await drain(pieces)
                        self._check_finished(unfinished, finished)
                        return
                    event = without_lone_surrogates(as_utf8(event))
                    if self._look_at(event, unfinished, finished):
                        pieces.said = True
                        pieces.whole = len(finished) >= asked and unfinished <= finished
                        yield event
        last = reader.end()
        if last is not None and last != _DONE and self._look_at(last, unfinished, finished):
            yield last
        self._check_finished(unfinished, finished)

    def capabilities(self, model: str) -> Capabilities:
        """By the model's family; of what is not known, nothing is refused in advance."""
        return capabilities_of(model)

    async def models(self) -> list[str]:
        """As the provider lists them; asked again after five minutes."""
        if self._listed is None or monotonic() - self._listed[0] > _MODELS_KEPT_SECONDS:
            try:
                names = sorted({model.id for model in _models.decode(await self._upstream.read("models")).data})
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UpstreamFailed("The provider's list of models cannot be read; check its base URL.") from error
            self._listed = monotonic(), names
        return self._listed[1]

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()

    def _path(self, model: str) -> str:
        return "chat/completions"

    def _body(self, call: ChatCall) -> bytes:
        """Models that reason refuse `max_tokens`, which most clients still send."""
        return REASONS.apply(call.body) if wants_completion_tokens(call.model) else call.body

    def _look_at(self, event: bytes, unfinished: set[int], finished: set[int]) -> bool:
        """Keeps count of the choices; whether the event is worth passing on."""
        try:
            chunk = _chunk.decode(event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if _failed(chunk):
            raise self._secret.failure(event)
        for choice in chunk.choices or ():
            (unfinished if choice.finish_reason is None else finished).add(choice.index or 0)
        return True

    def _check_finished(self, unfinished: set[int], finished: set[int]) -> None:
        if not finished or unfinished - finished:
            raise UpstreamFailed("The provider broke off in the middle of its answer; ask again.", code="stream_cut")


def _failed(answer: _Chunk) -> bool:
    return bytes(answer.error) != b"null"


def open_upstream(needs: ProviderNeeds) -> Upstream | None:
    """Where it is, or None where neither key nor address is set. Raises: InvalidInput."""
    key = setting(needs, "api_key", "OPENAI_API_KEY")
    base_url = setting(needs, "base_url", "OPENAI_BASE_URL")
    if key is None and base_url is None:
        return None
    return Upstream(web_address(base_url or "https://api.openai.com/v1", "OPENAI_BASE_URL"), Secret(key))


def _open(needs: ProviderNeeds) -> OpenAIProvider | None:
    upstream = open_upstream(needs)
    return None if upstream is None else OpenAIProvider(upstream)


def _embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
    from banyan.adapters.providers.openai_embeddings import OpenAIEmbeddings, batch_size

    upstream = open_upstream(needs)
    return None if upstream is None else OpenAIEmbeddings(upstream, batch=batch_size(needs)).model


def _batches(needs: ProviderNeeds) -> BatchProvider | None:
    from banyan.adapters.providers.openai_batches import OpenAIBatches

    upstream = open_upstream(needs)
    return None if upstream is None else OpenAIBatches(upstream)


ENTRY = ProviderEntry(
    name="openai",
    summary="OpenAI, or whatever speaks its API at OPENAI_BASE_URL.",
    open=_open,
    missing="Set OPENAI_API_KEY, or OPENAI_BASE_URL for an API without keys, and start again to have openai/NAME.",
    takes={
        "base_url": "Base URL with the version.",
        "api_key": "The key, or `env:NAME` of the variable that holds it.",
    },
    environment={
        "OPENAI_API_KEY": "Key for models written `openai/NAME`.",
        "OPENAI_BASE_URL": "Base URL of any OpenAI-compatible API. Without it: OpenAI's own.",
    },
    embeddings=_embeddings,
    batches=_batches,
    docs="https://platform.openai.com/docs/api-reference/chat",
)
