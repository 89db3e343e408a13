"""The port by which people are told of trouble."""

from typing import Protocol

from banyan.assistant.domain.alerts import Alert


class AlertTeller(Protocol):
    """Durable: what was told is sent even when the process dies, and again until it arrives or is too old."""

    async def tell(self, alert: Alert, to: str = "") -> bool:
        """Queues it for every channel, or for `to` alone: an e-mail address or a web hook. On disk when it returns.

        False, and nothing queued, where the same key in the same state was told within the quiet time.
        """
        ...
