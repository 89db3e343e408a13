"""The port to a provider's moderation."""

from typing import Protocol


class Moderator(Protocol):
    """A provider that has a trained model for moderation."""

    async def moderate(self, body: bytes) -> bytes:
        """The provider's answer to an OpenAI-shaped request, byte for byte; `model` in it is the provider's own name.

        Raises: what `ChatProvider.complete` raises; UpstreamFailed with status 404 or 405 where it has no moderation.
        """
        ...

    async def close(self) -> None:
        """Drops the connections."""
        ...
