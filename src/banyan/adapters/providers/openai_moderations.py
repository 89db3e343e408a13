"""Moderation by any API that speaks OpenAI's; stands here because it shares keys, addresses and errors with chat."""

from banyan.adapters.providers._dialects.upstream import Upstream
from banyan.adapters.providers.openai import open_upstream
from banyan.proxy.domain.deployments import Patience
from banyan.proxy.ports.chat_provider import ProviderNeeds

_PATIENCE = Patience(connect=10, first_byte=15, idle=15, total=15)
"""Somebody waits for the verdict before anything else happens."""


class OpenAIModerations:
    """One upstream."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def moderate(self, body: bytes) -> bytes:
        """As the port says."""
        return await self._upstream.send("moderations", body, _PATIENCE)

    async def close(self) -> None:
        """Drops the connections."""
        await self._upstream.close()


def open_moderations(needs: ProviderNeeds) -> OpenAIModerations | None:
    """None where no address and no key is set. Raises: InvalidInput."""
    upstream = open_upstream(needs)
    return None if upstream is None else OpenAIModerations(upstream)
