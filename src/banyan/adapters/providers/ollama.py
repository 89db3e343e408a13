"""Ollama by its own API, which says more than its OpenAI-compatible one: what a model can do, and how long it stays."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from time import time
from typing import TYPE_CHECKING

import msgspec

from banyan.adapters.providers._dialects.ndjson import LineReader
from banyan.adapters.providers._dialects.ollama_address import address, keep_alive_of
from banyan.adapters.providers._dialects.ollama_answer import Answer, Writer, read_answer
from banyan.adapters.providers._dialects.ollama_errors import translated
from banyan.adapters.providers._dialects.ollama_models import PulledModels, is_remote
from banyan.adapters.providers._dialects.ollama_request import to_ollama
from banyan.adapters.providers._dialects.upstream import Upstream, drain
from banyan.kernel.errors import InvalidInput, UpstreamFailed
from banyan.proxy.domain.chat_answer import wants_usage
from banyan.proxy.domain.deployments import LOCAL, Capabilities
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

if TYPE_CHECKING:
    from banyan.adapters.providers._dialects.upstream import Pieces
    from banyan.proxy.ports.embedder import Embedder

_LINES = "application/x-ndjson"


class OllamaProvider:
    """One Ollama server.

    keep_alive: how long a model stays in memory after a call, as Ollama writes it: `10m`, seconds, or -1 for ever.
    num_ctx: tokens of context that a model is loaded with; None leaves it to the server.
    cloud: whether models that Ollama passes on to a company's machines may be asked; they are not local.
    """

    grounds_itself = False

    def __init__(
        self,
        upstream: Upstream,
        *,
        keep_alive: str | int | None = None,
        num_ctx: int | None = None,
        cloud: bool = False,
    ) -> None:
        self._upstream = upstream
        self._keep_alive = keep_alive
        self._num_ctx = num_ctx
        self._cloud = cloud
        self._pulled = PulledModels(upstream, num_ctx=num_ctx, cloud=cloud)

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        body = self._request(call)
        try:
            answer = self._read(await self._upstream.send("api/chat", body, call.patience))
        except UpstreamFailed as error:
            raise translated(error, call.model, self._upstream.base) from error
        if answer is None or answer.message is None or not answer.done:
            raise UpstreamFailed("Ollama's answer is not a chat message; check its base URL.", code="bad_answer")
        return Writer(call.model, int(time())).completion(answer)

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says. Lines that are no JSON are left out; the stream then still has to finish by itself."""
        body = self._request(call)
        with_usage = wants_usage(call.body)
        try:
            async with (
                self._upstream.stream("api/chat", body, call.patience, _LINES, last=call.last) as pieces,
                aclosing(self._chunks(pieces, call.model, with_usage)) as chunks,
            ):
                async for chunk in chunks:
                    yield chunk
        except UpstreamFailed as error:
            raise translated(error, call.model, self._upstream.base) from error

    def capabilities(self, model: str) -> Capabilities:
        """As Ollama says once it has been asked for its models; until then nothing is ruled out."""
        return self._pulled.capabilities(model)

    async def models(self) -> list[str]:
        """Those that are pulled, by their names with the tag; asked again after a minute."""
        return await self._pulled.names()

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()

    def _request(self, call: ChatCall) -> bytes:
        if not self._cloud and is_remote(call.model):
            raise InvalidInput(
                f"Ollama would send {call.model} to its cloud; choose a local model, or set `cloud` to yes "
                "for a deployment whose zone is external.",
                code="model_not_local",
                param="model",
            )
        return to_ollama(call.body, call.model, stream=call.stream, keep_alive=self._keep_alive, num_ctx=self._num_ctx)

    async def _chunks(self, pieces: Pieces, model: str, with_usage: bool) -> AsyncGenerator[bytes, None]:
        writer = Writer(model, int(time()))
        async for line in _lines(pieces):
            answer = self._read(line)
            if answer is None:
                continue
            pieces.said = True
            chunk = writer.chunk(answer)
            if chunk is not None:
                yield chunk
            if answer.done:
                if with_usage and answer.tokens is not None:
                    yield writer.usage_chunk(answer.tokens)
                await drain(pieces)
                return
        raise UpstreamFailed("Ollama broke off in the middle of its answer; ask again.", code="stream_cut")

    def _read(self, body: bytes) -> Answer | None:
        """None for what is no JSON object of Ollama's. Raises: what an error object means."""
        try:
            answer = read_answer(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if answer.error:
            raise self._upstream.secret.failure(body)
        return answer


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    reader = LineReader()
    async for piece in pieces:
        for line in reader.feed(piece):
            yield line
    for line in reader.end():
        yield line


def _num_ctx(settings: Mapping[str, str]) -> int | None:
    value = settings.get("num_ctx")
    if value is None:
        return None
    if not re.fullmatch(r"[1-9]\d*", value):
        raise InvalidInput(f"`num_ctx` is {value!r}, which is no number of tokens; correct it.", param="num_ctx")
    return int(value)


def _open(needs: ProviderNeeds) -> OllamaProvider | None:
    upstream = address(needs)
    if upstream is None:
        return None
    return OllamaProvider(
        upstream,
        keep_alive=keep_alive_of(needs),
        num_ctx=_num_ctx(needs.settings),
        cloud=needs.settings.get("cloud") == "yes",
    )


def _open_embeddings(needs: ProviderNeeds) -> Callable[[str], Embedder] | None:
    from banyan.adapters.providers.ollama_embeddings import OllamaEmbeddings

    upstream = address(needs)
    return None if upstream is None else OllamaEmbeddings(upstream, keep_alive=keep_alive_of(needs)).model


ENTRY = ProviderEntry(
    name="ollama",
    summary="Models that an Ollama server has pulled, by its own API.",
    open=_open,
    missing="Set OLLAMA_BASE_URL (such as http://127.0.0.1:11434) and start again to have ollama/NAME.",
    takes={
        "base_url": "Address of the server, without a path.",
        "api_key": "Sent as a bearer token, for a server behind a door.",
        "keep_alive": "How long a model stays in memory after a call: `10m`, seconds, or -1 for ever.",
        "num_ctx": "Tokens of context that the model is loaded with.",
        "cloud": "`yes` lets models through that Ollama runs in its cloud; give such a deployment the zone `external`.",
    },
    zone=LOCAL,
    free=True,
    embeddings=_open_embeddings,
    environment={
        "OLLAMA_BASE_URL": "Address of an Ollama server for models written `ollama/NAME`, such as "
        "`http://127.0.0.1:11434`.",
        "OLLAMA_HOST": "The same by Ollama's own name, in which scheme and port may be left out. OLLAMA_BASE_URL wins.",
        "OLLAMA_KEEP_ALIVE": "How long Ollama keeps a model in memory after a call: `10m`, seconds, or -1 for ever. "
        "Without it: as the server decides.",
    },
    docs="https://docs.ollama.com/api",
)
