"""Pooled connections to one host with aiohttp, time limits, and failures said in our own errors."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp
from yarl import URL

from banyan.adapters.providers._dialects.http_errors import Secret, answered_with_an_error, is_error
from banyan.kernel.errors import BanyanError, DeadlineExceeded, UpstreamFailed
from banyan.kernel.tracing import outgoing
from banyan.proxy.domain.deployments import Patience

_LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a plain answer; more is a fault of the provider, and would fill the memory."""
_LONGEST_DRAIN_SECONDS = 0.2
"""How long the end of a stream may take after its last event: seeing it saves the next call a handshake."""
_LISTING_SECONDS = 10
_LONGEST_REFUSAL = 64 * 1024


class Connections:
    """What `Upstream` says, done."""

    def __init__(
        self,
        base_url: str,
        secret: Secret,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        limit: int,
    ) -> None:
        self.base = URL(base_url.rstrip("/"))
        self._secret = secret
        self._headers = headers
        self._params = params
        self._limit = limit
        self._opened: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def send(self, path: str, body: bytes, patience: Patience) -> bytes:
        """As `Upstream.send`."""
        silent = True
        try:
            response = await self._post(path, body, patience, idle=patience.first_byte)
            silent = False
            async with response:
                if response.status != 200:
                    raise await answered_with_an_error(response, self._secret)
                return await _whole(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error, silent=silent) from error

    @asynccontextmanager
    async def stream(
        self, path: str, body: bytes, patience: Patience, content_type: str
    ) -> AsyncGenerator["Pieces", None]:
        """As `Upstream.stream`."""
        response: aiohttp.ClientResponse | None = None
        try:
            async with asyncio.timeout(patience.first_byte):
                response = await self._post(path, body, patience, idle=None)
                if response.status != 200:
                    raise await answered_with_an_error(response, self._secret)
                if response.content_type != content_type:
                    said = await response.content.read(_LONGEST_REFUSAL)
                    if is_error(said):
                        raise self._secret.failure(said)
                    raise UpstreamFailed(
                        f"The provider answered a stream with {response.content_type}; ask without `stream`.",
                        code="bad_answer",
                    )
                first = await response.content.readany()
        except BaseException as error:
            if response is not None:
                response.close()
            if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
                raise self._unreachable(error, silent=True) from error
            raise
        pieces = Pieces(first, response.content, patience)
        try:
            yield pieces
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        finally:
            pieces.close()
            response.release()

    async def read(self, path: str, params: Mapping[str, str]) -> bytes:
        """As `Upstream.read`."""
        timeout = aiohttp.ClientTimeout(total=_LISTING_SECONDS)
        try:
            url = self._url(path).update_query(params)
            async with self._session().get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:
                    raise await answered_with_an_error(response, self._secret)
                return await _whole(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _unreachable(self, error: Exception, *, silent: bool = False) -> BanyanError:
        """What a failure of the connection means."""
        host = self.base.host
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return UpstreamFailed(
                f"The provider at {host} cannot be reached; check its base URL and whether it runs.",
                code="upstream_unreachable",
            )
        if silent and isinstance(error, TimeoutError):
            return DeadlineExceeded(
                f"The provider at {host} did not begin to answer in time; try again, or choose another model.",
                code="first_byte_timeout",
            )
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(
                f"The provider at {host} stopped in the middle of its answer; try again, or choose another model.",
                code="stream_stalled",
            )
        return UpstreamFailed(f"The provider at {host} broke the connection; try again.", code="stream_cut")

    async def _post(self, path: str, body: bytes, patience: Patience, *, idle: float | None) -> aiohttp.ClientResponse:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=patience.connect, sock_read=idle)
        return await self._session().post(
            self._url(path), data=body, timeout=timeout, allow_redirects=False, headers=outgoing.get() or None
        )

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = (self.base / path if path else self.base).update_query(self._params)
        return url

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # here, because a session belongs to the loop that is running
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limit, keepalive_timeout=15),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    **self._secret.headers,
                    "Content-Type": "application/json",
                    "Accept-Encoding": "identity",  # packing costs both sides more than the few bytes it saves
                    **self._headers,
                },
                skip_auto_headers=("User-Agent", "Accept"),
            )
        return self._opened


async def drain(pieces: AsyncIterator[bytes]) -> None:
    """Reads what is left of a stream whose last event is here, if it comes at once."""
    with suppress(TimeoutError, aiohttp.ClientError):  # the answer is whole; only the connection is not worth keeping
        async with asyncio.timeout(_LONGEST_DRAIN_SECONDS):
            async for _ in pieces:
                pass


class Pieces:
    """The pieces of a stream, as long as they come, and until the time for all of them is over.

    whole: to be set once they hold a whole answer; from then on a break is an end like any other.

    One timer an idle period looks whether somebody has been waiting all along; a timer for every piece would cost more
    than the piece. Raises what `aiohttp` raises, and TimeoutError.
    """

    def __init__(self, first: bytes, content: aiohttp.StreamReader, patience: Patience) -> None:
        self.whole = False
        self._loop = asyncio.get_running_loop()
        self._next = first
        self._content = content
        self._idle = patience.idle
        self._ends = self._loop.time() + patience.total
        self._waiting_since: float | None = None
        self._timer = self._loop.call_later(min(patience.idle, patience.total), self._look)

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        piece, self._next = self._next, b""
        if not piece:
            self._waiting_since = self._loop.time()
            try:
                piece = await self._content.readany()
            except (aiohttp.ClientError, TimeoutError, OSError):
                if not self.whole:
                    raise
                piece = b""
            self._waiting_since = None
            if not piece:
                raise StopAsyncIteration
        return piece

    def close(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now, since = self._loop.time(), self._waiting_since
        waited = 0.0 if since is None else now - since
        left = self._ends - now
        if waited >= self._idle or (since is not None and left <= 0):
            self._content.set_exception(TimeoutError())
        else:
            wait = self._idle - waited
            self._timer = self._loop.call_later(min(wait, left) if left > 0 else wait, self._look)


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    if (response.content_length or 0) <= _LARGEST_ANSWER:
        parts, size = [], 0
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > _LARGEST_ANSWER:
                break
        else:
            return b"".join(parts)
    response.close()
    raise UpstreamFailed(
        f"The provider's answer is larger than {_LARGEST_ANSWER // (1024 * 1024)} MB; ask for less.", code="bad_answer"
    )
