"""Files that go to a provider and come from it: too large, and too slow, for the pool of its calls."""

from collections.abc import AsyncGenerator

import aiohttp

from banyan.adapters.providers._dialects.http_errors import answered_with_an_error
from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.kernel.errors import UpstreamFailed

_TIMES = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
_LARGEST_LINE = 64 * 1024 * 1024
_CREATED = (200, 201)


class _Answer:
    """What its refusal is read from."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self._response = response

    async def read(self, most: int) -> bytes:
        return await self._response.content.read(most)


class Transfers:
    """Below the address of one upstream, with its secret."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._opened: aiohttp.ClientSession | None = None

    async def upload(self, path: str, form: aiohttp.FormData) -> bytes:
        """What the provider says of it. Raises: UpstreamFailed, RateLimited."""
        try:
            async with self._session().post(self._upstream.url(path), data=form, allow_redirects=False) as response:
                if response.status not in _CREATED:
                    raise await answered_with_an_error(_Answer(response), self._upstream.secret)
                return await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._broken_off() from error

    async def lines(self, path: str) -> AsyncGenerator[bytes, None]:
        """Of a file, without the empty ones. Raises: UpstreamFailed, RateLimited."""
        try:
            async with self._session().get(self._upstream.url(path), allow_redirects=False) as response:
                if response.status != 200:
                    raise await answered_with_an_error(_Answer(response), self._upstream.secret)
                rest = b""
                async for piece in response.content.iter_any():
                    *whole, rest = (rest + piece).split(b"\n")
                    if len(rest) > _LARGEST_LINE:
                        raise UpstreamFailed("A line of the provider's output is too large.", code="bad_answer")
                    for line in whole:
                        if line.strip():
                            yield line
                if rest.strip():
                    yield rest
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._broken_off() from error

    async def close(self) -> None:
        """Drops the connections."""
        if self._opened is not None:
            await self._opened.close()

    def _broken_off(self) -> UpstreamFailed:
        host = self._upstream.base.host
        return UpstreamFailed(
            f"The connection to {host} broke in the middle of a file; it is tried again.", code="upstream_unreachable"
        )

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(headers=self._upstream.headers, timeout=_TIMES)
        return self._opened
