"""What every wrapper leaves to the provider within it."""

from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.ports.chat_provider import ChatProvider


class Wrapper:
    """A provider that passes on what it does not change."""

    def __init__(self, provider: ChatProvider) -> None:
        self._provider = provider
        self.grounds_itself = provider.grounds_itself

    def capabilities(self, model: str) -> Capabilities:
        """As the provider says."""
        return self._provider.capabilities(model)

    async def models(self) -> list[str]:
        """As the provider says."""
        return await self._provider.models()

    async def close(self) -> None:
        """Closes the provider."""
        await self._provider.close()
