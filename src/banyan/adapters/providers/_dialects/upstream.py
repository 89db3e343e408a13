"""One provider's HTTP address: pooled connections, time limits, and failures said in our own errors."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from yarl import URL

from banyan.adapters.providers._dialects.http1 import Broken, ConnectFailed, Pool, Response
from banyan.adapters.providers._dialects.http_errors import Secret, answered_with_an_error, is_error
from banyan.kernel.errors import BanyanError, DeadlineExceeded, UpstreamFailed
from banyan.kernel.tracing import outgoing
from banyan.proxy.domain.deployments import Patience

_LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a plain answer; more is a fault of the provider, and would fill the memory."""
_LONGEST_DRAIN_SECONDS = 0.2
"""How long the end of a stream may take after its last event: seeing it saves the next call a handshake."""
_MOST_IDLE_TIMES = 4
"""How many times the idle time a stream may last in which nothing comes but comments and pings."""
GRACE_SECONDS = 1.5
"""How long an answer that is whole is waited for its count and its end mark."""
_LISTING_SECONDS = 10
_LONGEST_REFUSAL = 64 * 1024


class Upstream:
    """Everything below `base_url` of one provider, with one pool of connections.

    headers: sent with every request, beside those of the secret.
    """

    def __init__(
        self,
        base_url: str,
        secret: Secret,
        headers: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> None:
        self.base = URL(base_url.rstrip("/"))
        self.secret = secret
        self._headers = dict(headers or {})
        self._params = dict(params or {})
        self._targets: dict[str, str] = {}
        sent = {
            **secret.headers,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",  # packing costs both sides more than the few bytes it saves
            **self._headers,
        }
        self._pool = Pool(self.base, sent)

    @property
    def headers(self) -> Mapping[str, str]:
        """What every request carries, with the secret."""
        return {**self.secret.headers, **self._headers}

    def url(self, path: str, params: Mapping[str, str] | None = None) -> URL:
        """Of something below the base."""
        return (self.base / path if path else self.base).update_query({**self._params, **(params or {})})

    async def send(self, path: str, body: bytes, patience: Patience) -> bytes:
        """The whole answer to a POST. Raises: what `ChatProvider.complete` raises."""
        silent = True
        try:
            response = await self._post(path, body, patience, within=patience.first_byte)
            silent = False
            try:
                if response.status != 200:
                    raise await answered_with_an_error(response, self.secret)
                return await _whole(response)
            finally:
                response.close()
        except (Broken, ConnectFailed, TimeoutError) as error:
            raise self.unreachable(error, silent=silent) from error

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        body: bytes,
        patience: Patience,
        content_type: str = "text/event-stream",
        *,
        last: bool = True,
    ) -> AsyncGenerator["Pieces", None]:
        """The pieces of a streamed answer as they arrive, of any length. Leaving the block early drops the connection.

        After the last event `drain` the rest, so that the connection can be used again.
        last: nobody else will be asked, so that comments before the first event are worth waiting.
        """
        response: Response | None = None
        begins = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(patience.first_byte):
                response = await self._post(path, body, patience, within=None)
                if response.status != 200:
                    raise await answered_with_an_error(response, self.secret)
                if response.content_type != content_type:
                    said = await response.read(_LONGEST_REFUSAL)
                    if is_error(said):
                        raise self.secret.failure(said)
                    raise UpstreamFailed(
                        f"The provider answered a stream with {response.content_type}; ask without `stream`.",
                        code="bad_answer",
                    )
                first = await response.piece()
        except BaseException as error:
            if response is not None:
                response.close()
            if isinstance(error, Broken | ConnectFailed | TimeoutError):
                raise self.unreachable(error, silent=True) from error
            raise
        due = None if last or patience.first_byte is None else begins + patience.first_byte
        pieces = Pieces(first, response, patience, due)
        try:
            yield pieces
        except (Broken, TimeoutError) as error:
            raise self.unreachable(error, silent=not pieces.begun) from error
        finally:
            pieces.close()
            response.close()

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """The answer to a GET, which is something small."""
        url = self.url(path, params)
        try:
            async with asyncio.timeout(_LISTING_SECONDS):
                response = await self._pool.request(
                    "GET", url.raw_path_qs, b"", {}, connect=_LISTING_SECONDS, within=None
                )
                try:
                    if response.status != 200:
                        raise await answered_with_an_error(response, self.secret)
                    return await _whole(response)
                finally:
                    response.close()
        except (Broken, ConnectFailed, TimeoutError) as error:
            raise self.unreachable(error) from error

    async def close(self) -> None:
        """Drops the connections."""
        await self._pool.close()

    def unreachable(self, error: Exception, *, silent: bool = False) -> BanyanError:
        """What a failure of the connection means."""
        host = self.base.host
        if isinstance(error, ConnectFailed):
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

    async def _post(self, path: str, body: bytes, patience: Patience, *, within: float | None) -> Response:
        target = self._targets.get(path)
        if target is None:
            target = self._targets[path] = self.url(path).raw_path_qs
        return await self._pool.request(
            "POST", target, body, outgoing.get() or {}, connect=patience.connect, within=within
        )


async def drain(pieces: AsyncIterator[bytes]) -> None:
    """Reads what is left of a stream whose last event is here, if it comes at once."""
    with suppress(TimeoutError, Broken):  # the answer is whole; only the connection is not worth keeping
        async with asyncio.timeout(_LONGEST_DRAIN_SECONDS):
            async for _ in pieces:
                pass


class Pieces:
    """The pieces of a stream, as long as they say something, and until the time for all of them is over.

    due: when the first event has to be there, on the loop's clock; None where nobody else waits to be asked.
    said: to be set with every event that is more than a sign of life, such as a comment or a ping.
    whole: to be set once they hold a whole answer; from then on a break is an end like any other, and so is a pause.

    One timer an idle period looks whether somebody has been waiting all along; a timer for every piece would cost more
    than the piece. Raises: Broken, TimeoutError.
    """

    def __init__(self, first: bytes, response: Response, patience: Patience, due: float | None = None) -> None:
        self.said = False
        self.whole = False
        self._loop = asyncio.get_running_loop()
        self._next = first
        self._response = response
        self._idle = patience.idle
        self._heard = self._loop.time()
        self._ends = self._heard + patience.total
        self._has_begun = False
        self._waiting_since: float | None = None
        self._timer = self._loop.call_later(min(patience.idle, patience.total), self._look)
        self._due = due
        self._first: asyncio.TimerHandle | None = None
        self._ends_soon = False

    @property
    def begun(self) -> bool:
        """Whether there was an event."""
        return self.said or self._has_begun

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        piece, self._next = self._next, b""
        if not piece:
            if self._due is not None:
                self._expect_first(self._due)
            if self.whole and not self._ends_soon:
                self._end_soon()
            self._waiting_since = self._loop.time()
            try:
                piece = await self._response.piece()
            except (Broken, TimeoutError):
                if not self.whole:
                    raise
                piece = b""
            self._waiting_since = None
            if not piece:
                raise StopAsyncIteration
        return piece

    def close(self) -> None:
        """Ends the watch."""
        self._timer.cancel()
        if self._first is not None:
            self._first.cancel()

    def _expect_first(self, due: float) -> None:
        """Only where the first piece was a sign of life; mostly it is an event."""
        self._due = None
        if not self.said:
            self._first = self._loop.call_at(due, self._look_for_first)

    def _look_for_first(self) -> None:
        if not self.begun:
            self._response.fail(TimeoutError())

    def _end_soon(self) -> None:
        self._ends_soon = True
        self._timer.cancel()
        self._timer = self._loop.call_later(GRACE_SECONDS, self._end)

    def _end(self) -> None:
        if self.whole:
            self._response.fail(TimeoutError())
        else:  # one more of several answers has begun
            self._ends_soon = False
            self._look()

    def _look(self) -> None:
        now, since = self._loop.time(), self._waiting_since
        if self.said or since is None:
            self._has_begun, self.said, self._heard = self.begun, False, now
        waited = 0.0 if since is None else now - since
        left = self._ends - now
        silent = now - self._heard
        if waited >= self._idle or silent >= _MOST_IDLE_TIMES * self._idle or (since is not None and left <= 0):
            self._response.fail(TimeoutError())
        else:
            wait = self._idle - waited
            self._timer = self._loop.call_later(min(wait, left) if left > 0 else wait, self._look)


async def _whole(response: Response) -> bytes:
    body = await response.read(_LARGEST_ANSWER)
    if len(body) > _LARGEST_ANSWER:
        raise UpstreamFailed(
            f"The provider's answer is larger than {_LARGEST_ANSWER // (1024 * 1024)} MB; ask for less.",
            code="bad_answer",
        )
    return body
