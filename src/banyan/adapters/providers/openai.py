"""Any API that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, Ollama, LiteLLM and many more."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

import aiohttp
import msgspec
from yarl import URL

from banyan.adapters.providers._dialects.http_errors import Secret, answered_with_an_error
from banyan.adapters.providers._dialects.sse import EventReader
from banyan.kernel.errors import BanyanError, DeadlineExceeded, InvalidInput, UpstreamFailed
from banyan.proxy.ports.chat_provider import ChatCall, ProviderEntry, ProviderNeeds

_DONE = b"[DONE]"
_MODELS_KEPT_SECONDS = 300
_LONGEST_DRAIN_SECONDS = 0.2
"""How long the end of a stream may take after `[DONE]`: seeing it saves the next call a handshake."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. whole: a plain answer, which comes only when the model has finished. idle: between two pieces."""

    connect: float = 10
    first_byte: float = 120
    idle: float = 60
    whole: float = 600


class _Choice(msgspec.Struct):
    index: int = 0
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    """What has to be known about a chunk or a completion; everything else is not looked at."""

    choices: list[_Choice] | None = None
    error: msgspec.Raw | None = None


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


_chunk = msgspec.json.Decoder(_Chunk)
_models = msgspec.json.Decoder(_Models)


class OpenAIProvider:
    """Bytes go through as they are; only what tells a whole answer from a broken one is looked at.

    base_url: with the version, such as `https://api.openai.com/v1`. connections: at most, to that host.
    """

    grounds_itself = False

    def __init__(
        self, base_url: str, key: str | None = None, *, timeouts: Timeouts = Timeouts(), connections: int = 256
    ) -> None:
        self._base = URL(base_url.rstrip("/"))
        self._completions = self._base / "chat" / "completions"
        self._secret = Secret(key)
        self._timeouts = timeouts
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None
        self._listed: tuple[float, list[str]] | None = None
        self._plain = aiohttp.ClientTimeout(total=timeouts.whole, sock_connect=timeouts.connect)
        self._streamed = aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect, sock_read=timeouts.idle)

    async def complete(self, call: ChatCall) -> bytes:
        """As the port says."""
        try:
            async with self._session().post(
                self._completions, data=call.body, timeout=self._plain, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise await answered_with_an_error(response, self._secret)
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        try:
            answer = _chunk.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailed("The provider's answer is not a chat completion; check its base URL.") from error
        if _failed(answer) or answer.choices is None:
            raise self._secret.failure(body)
        return body

    async def stream(self, call: ChatCall) -> AsyncIterator[bytes]:
        """As the port says. Events that are no JSON are left out; the stream then still has to finish by itself."""
        try:
            async with asyncio.timeout(self._timeouts.first_byte):
                response = await self._session().post(
                    self._completions, data=call.body, timeout=self._streamed, allow_redirects=False
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        try:
            if response.status != 200:
                raise await answered_with_an_error(response, self._secret)
            if response.content_type != "text/event-stream":
                raise UpstreamFailed(
                    f"The provider answered a stream with {response.content_type}; ask without `stream`."
                )
            async with aclosing(self._chunks(response)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        finally:
            response.release()

    async def models(self) -> list[str]:
        """As the provider lists them; asked again after five minutes."""
        if self._listed is None or monotonic() - self._listed[0] > _MODELS_KEPT_SECONDS:
            timeout = aiohttp.ClientTimeout(total=self._timeouts.connect)
            try:
                async with self._session().get(
                    self._base / "models", timeout=timeout, allow_redirects=False
                ) as response:
                    if response.status != 200:
                        raise await answered_with_an_error(response, self._secret)
                    names = sorted({model.id for model in _models.decode(await response.read()).data})
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UpstreamFailed("The provider's list of models cannot be read; check its base URL.") from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise self._unreachable(error) from error
            self._listed = monotonic(), names
        return self._listed[1]

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _chunks(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        reader = EventReader()
        unfinished: set[int] = set()
        finished: set[int] = set()
        async for piece in response.content.iter_any():
            for event in reader.feed(piece):
                if event == _DONE:
                    await _drain(response)
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

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # here, because a session belongs to the loop that is running
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=15),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    **self._secret.headers,
                    "Content-Type": "application/json",
                    "Accept-Encoding": "identity",  # packing costs both sides more than the few bytes it saves
                },
                skip_auto_headers=("User-Agent", "Accept"),
            )
        return self._opened

    def _unreachable(self, error: Exception) -> BanyanError:
        host = self._base.host
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(f"The provider at {host} took too long; try again, or choose a faster model.")
        if isinstance(error, aiohttp.ClientConnectorError):
            return UpstreamFailed(f"The provider at {host} cannot be reached; check its base URL and whether it runs.")
        return UpstreamFailed(f"The provider at {host} broke the connection; try again.", code="stream_cut")


def _failed(answer: _Chunk) -> bool:
    return answer.error is not None and bytes(answer.error) != b"null"


async def _drain(response: aiohttp.ClientResponse) -> None:
    try:
        async with asyncio.timeout(_LONGEST_DRAIN_SECONDS):
            async for _ in response.content.iter_any():
                pass
    except (TimeoutError, aiohttp.ClientError):
        response.close()  # the answer is whole; only the connection is not worth keeping


def address(environment: Mapping[str, str]) -> tuple[str, str | None] | None:
    """The base URL and the key, or None where neither is set. Raises: InvalidInput."""
    key = environment.get("OPENAI_API_KEY") or None
    base_url = environment.get("OPENAI_BASE_URL") or None
    if key is None and base_url is None:
        return None
    base_url = base_url or "https://api.openai.com/v1"
    if not re.match(r"https?://[^/\s]+", base_url):
        raise InvalidInput("OPENAI_BASE_URL must start with http:// or https:// and name a host; correct it.")
    return base_url, key


def _open(needs: ProviderNeeds) -> OpenAIProvider | None:
    found = address(needs.environment)
    return None if found is None else OpenAIProvider(*found)


ENTRY = ProviderEntry(
    name="openai",
    summary="OpenAI, or whatever speaks its API at OPENAI_BASE_URL.",
    open=_open,
    missing="Set OPENAI_API_KEY, or OPENAI_BASE_URL for an API without keys, and start again to have openai/NAME.",
)
