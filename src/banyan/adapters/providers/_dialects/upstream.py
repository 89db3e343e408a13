"""One provider's HTTP address. Opening one imports the HTTP client; naming the class costs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from banyan.adapters.providers._dialects.http_errors import Secret
from banyan.proxy.domain.deployments import Patience

if TYPE_CHECKING:
    from yarl import URL

    from banyan.adapters.providers._dialects.connections import Pieces


class Upstream:
    """Everything below `base_url` of one provider, with one pool of connections.

    headers: sent with every request, beside those of the secret. connections: at most, to that host.
    """

    def __init__(
        self,
        base_url: str,
        secret: Secret,
        headers: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        connections: int = 10_000,
    ) -> None:
        # Here, because settings and commands read what providers take, and need not wait for what providers use.
        from banyan.adapters.providers._dialects.connections import Connections

        self.secret = secret
        self._connections = Connections(base_url, secret, dict(headers or {}), dict(params or {}), connections)

    @property
    def base(self) -> URL:
        """The base URL without a slash at its end."""
        return self._connections.base

    def send(self, path: str, body: bytes, patience: Patience) -> Awaitable[bytes]:
        """The whole answer to a POST. Raises: what `ChatProvider.complete` raises."""
        return self._connections.send(path, body, patience)

    def stream(
        self, path: str, body: bytes, patience: Patience, content_type: str = "text/event-stream"
    ) -> AbstractAsyncContextManager[Pieces]:
        """The pieces of a streamed answer as they arrive, of any length. Leaving the block early drops the connection.

        After the last event `drain` the rest, so that the connection can be used again.
        """
        return self._connections.stream(path, body, patience, content_type)

    def read(self, path: str, params: Mapping[str, str] | None = None) -> Awaitable[bytes]:
        """The answer to a GET, which is something small."""
        return self._connections.read(path, params or {})

    async def close(self) -> None:
        """Drops the connections."""
        await self._connections.close()


async def drain(pieces: AsyncIterator[bytes]) -> None:
    """Reads what is left of a stream whose last event is here, if it comes at once."""
    from banyan.adapters.providers._dialects.connections import drain as read_the_rest

    await read_the_rest(pieces)
