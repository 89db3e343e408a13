"""Anthropic's Messages API, asked and answered in OpenAI's words."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from banyan.adapters.providers._dialects.address import setting, web_address
from banyan.adapters.providers._dialects.anthropic_answer import ChunkWriter, Event, Message, completion
from banyan.adapters.providers._dialects.anthropic_models import family_of
from banyan.adapters.providers._dialects.anthropic_request import translate_request
from banyan.adapters.providers._dialects.http_errors import Secret, is_error
from banyan.adapters.providers._dialects.sse import EventReader
from banyan.adapters.providers._dialects.upstream import Upstream, drain
from banyan.kernel.errors import UpstreamFailed
from banyan.proxy.domain.chat_answer import wants_usage
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.adapters.providers._dialects.upstream import Pieces
    from banyan.proxy.ports.batch_provider import BatchProvider

_VERSION = "2023-06-01"
_MODELS_KEPT_SECONDS = 300


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


_message = msgspec.json.Decoder(Message)
_event = msgspec.json.Decoder(Event)
_models = msgspec.json.Decoder(_Models)


class AnthropicProvider:
    """Translates each request and each event; what cannot be said in the other's words is refused by name."""

    grounds_itself = False

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._listed: tuple[float, list[str]] | None = None

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        request = translate_request(call.body, call.model)
        body = await self._upstream.send("v1/messages", request.body, call.patience)
        if is_error(body):
            raise self._upstream.secret.failure(body)
        try:
            message = _message.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailed(
                "The provider's answer is not a message; check its base URL.", code="bad_answer"
            ) from error
        if message.type != "message" or message.stop_reason is None:
            raise UpstreamFailed("The provider's answer is not a finished message; ask again.", code="bad_answer")
        return completion(message, int(time.time()))

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says."""
        request = translate_request(call.body, call.model)
        writer = ChunkWriter(int(time.time()), with_usage=wants_usage(call.body))
        async with (
            self._upstream.stream("v1/messages", request.body, call.patience, last=call.last) as pieces,
            aclosing(self._chunks(pieces, writer)) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    def capabilities(self, model: str) -> Capabilities:
        """By the model's family."""
        return family_of(model).capabilities

    async def models(self) -> list[str]:
        """As the provider lists them; asked again after five minutes."""
        if self._listed is None or time.monotonic() - self._listed[0] > _MODELS_KEPT_SECONDS:
            try:
                found = _models.decode(await self._upstream.read("v1/models", {"limit": "1000"}))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UpstreamFailed("The provider's list of models cannot be read; check its base URL.") from error
            self._listed = time.monotonic(), sorted({model.id for model in found.data})
        return self._listed[1]

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()

    async def _chunks(self, pieces: "Pieces", writer: ChunkWriter) -> AsyncGenerator[bytes, None]:
        reader = EventReader()
        async for piece in pieces:
            for event in reader.feed(piece):
                read = self._read(event, writer)
                if read is None:
                    continue
                pieces.said = True
                for chunk in read:
                    yield chunk
                pieces.whole = writer.finished
                if writer.ended:
                    await drain(pieces)
                    break
            if writer.ended:
                break
        last = None if writer.ended else reader.end()
        for chunk in (None if last is None else self._read(last, writer)) or ():
            yield chunk
        if not writer.finished:
            raise UpstreamFailed("The provider broke off in the middle of its answer; ask again.", code="stream_cut")
        for chunk in writer.end():
            yield chunk

    def _read(self, data: bytes, writer: ChunkWriter) -> list[bytes] | None:
        """The chunks of an event; None for a ping, and for what cannot be read: the stream still has to finish."""
        try:
            event = _event.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if event.type == "ping":
            return None
        if event.type == "error":
            raise self._upstream.secret.failure(data)
        return list(writer.write(event))


def _upstream(needs: ProviderNeeds) -> Upstream | None:
    """Where it is, or None where neither key nor address is set. Raises: InvalidInput."""
    key = setting(needs, "api_key", "ANTHROPIC_API_KEY")
    base_url = setting(needs, "base_url", "ANTHROPIC_BASE_URL")
    if key is None and base_url is None:
        return None
    base_url = web_address(base_url or "https://api.anthropic.com", "ANTHROPIC_BASE_URL").removesuffix("/v1")
    secret = Secret(key, header="x-api-key", scheme="")
    return Upstream(base_url, secret, {"anthropic-version": _VERSION})


def _open(needs: ProviderNeeds) -> AnthropicProvider | None:
    upstream = _upstream(needs)
    return None if upstream is None else AnthropicProvider(upstream)


def _batches(needs: ProviderNeeds) -> "BatchProvider | None":
    from banyan.adapters.providers.anthropic_batches import AnthropicBatches

    upstream = _upstream(needs)
    return None if upstream is None else AnthropicBatches(upstream)


ENTRY = ProviderEntry(
    name="anthropic",
    summary="Anthropic's Claude models.",
    open=_open,
    missing="Set ANTHROPIC_API_KEY and start again to have anthropic/NAME.",
    takes={
        "base_url": "Where the Messages API is, without the version.",
        "api_key": "The key, or `env:NAME` of the variable that holds it.",
    },
    environment={
        "ANTHROPIC_API_KEY": "Key for models written `anthropic/NAME`.",
        "ANTHROPIC_BASE_URL": "Another place that speaks the Messages API, without the version.",
    },
    batches=_batches,
    docs="https://platform.claude.com/docs/en/api/messages",
)
