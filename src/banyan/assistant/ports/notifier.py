"""The port to people outside: a message that is kept before anybody goes on, and delivered afterwards."""

from typing import Protocol

from msgspec import Struct


class Notification(Struct, frozen=True):
    """One message to one contact. id: one message is sent once, however often it is handed in.

    contact: an e-mail address. kind: such as `crisis`.
    facts: what programs read at a web hook.
    """

    tenant: str
    id: str
    kind: str
    contact: str
    subject: str
    text: str
    facts: dict[str, str] = {}


class Notifier(Protocol):
    """Hands messages on."""

    async def notify(self, notification: Notification) -> None:
        """Returns when the message is kept where it survives the process. Raises: Unavailable."""
        ...
