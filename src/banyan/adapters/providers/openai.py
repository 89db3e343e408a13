"""Any API that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, Ollama, LiteLLM and many more."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import monotonic

import msgspec

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.adapters.providers._dialects.sse import EventReader
from banyan.adapters.providers._dialects.upstream import Upstream, drain
from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

_DONE = b"[DONE]"
_MODELS_KEPT_SECONDS = 300


class _Choice(msgspec.Struct):
    index: int = 0
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
        body = await self._upstream.send("chat/completions", call.body, call.patience)
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
        """As the port says. Events that are no JSON are left out; the stream then still has to finish by itself."""
        async with (
            self._upstream.stream("chat/completions", call.body, call.patience) as pieces,
            aclosing(self._chunks(pieces)) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    def capabilities(self, model: str) -> Capabilities:
        """OpenAI's API in general; what a model is not capable of, its provider refuses."""
        return Capabilities(vision=True, embeddings=True)

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

    async def _chunks(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        reader = EventReader()
        unfinished: set[int] = set()
        finished: set[int] = set()
        async for piece in pieces:
            for event in reader.feed(piece):
                if event == _DONE:
                    await drain(pieces)
                    self._check_finished(unfinished, finished)
                    return
                if self._look_at(event, unfinished, finished):
                    yield event
        last = reader.end()
        if last is not None and last != _DONE and self._look_at(last, unfinished, finished):
            yield last
        self._check_finished(unfinished, finished)

    def _look_at(self, event: bytes, unfinished: set[int], finished: set[int]) -> bool:
        """Keeps count of the choices; whether the event is worth passing on."""
        try:
            chunk = _chunk.decode(event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if _failed(chunk):
            raise self._secret.failure(event)
        for choice in chunk.choices or ():
            (unfinished if choice.finish_reason is None else finished).add(choice.index)
        return True

    def _check_finished(self, unfinished: set[int], finished: set[int]) -> None:
        if not finished or unfinished - finished:
            raise UpstreamFailed("The provider broke off in the middle of its answer; ask again.", code="stream_cut")


def _failed(answer: _Chunk) -> bool:
    return bytes(answer.error) != b"null"


def address(needs: ProviderNeeds) -> tuple[str, Secret] | None:
    """The base URL and the key, or None where neither is set. Raises: InvalidInput."""
    key = needs.settings.get("api_key") or needs.environment.get("OPENAI_API_KEY") or None
    base_url = needs.settings.get("base_url") or needs.environment.get("OPENAI_BASE_URL") or None
    if key is None and base_url is None:
        return None
    base_url = base_url or "https://api.openai.com/v1"
    if not re.match(r"https?://[^/\s]+", base_url):
        raise InvalidInput("OPENAI_BASE_URL must start with http:// or https:// and name a host; correct it.")
    return base_url, Secret(key)


def _open(needs: ProviderNeeds) -> OpenAIProvider | None:
    found = address(needs)
    return None if found is None else OpenAIProvider(Upstream(*found))


ENTRY = ProviderEntry(
    name="openai",
    summary="OpenAI, or whatever speaks its API at OPENAI_BASE_URL.",
    open=_open,
    missing="Set OPENAI_API_KEY, or OPENAI_BASE_URL for an API without keys, and start again to have openai/NAME.",
    takes={
        "base_url": "Base URL with the version.",
        "api_key": "The key, or `env:NAME` of the variable that holds it.",
    },
)
