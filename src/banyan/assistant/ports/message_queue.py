"""The port to queues of messages that come back until somebody says what became of them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class QueueMessage(Struct, frozen=True):
    """reads: how often it was read, this time counted. body: as decoded from JSON."""

    queue: str
    id: int
    reads: int
    body: object


class MessageQueue(Protocol):
    """Every call is one statement on its own, and no connection is held between two of them."""

    async def read(self, queue: str, seconds: int, limit: int) -> Sequence[QueueMessage]:
        """Up to so many, which nobody else sees for so long; empty when there are none. Raises: Unavailable."""
        ...

    async def hold(self, queue: str, ids: Sequence[int], seconds: int) -> None:
        """Nobody else sees them for so long from now; 0 gives them back. Raises: Unavailable."""
        ...

    async def delete(self, queue: str, id: int) -> None:
        """It is done with. Raises: Unavailable."""
        ...

    async def archive(self, message: QueueMessage, code: str, reason: str) -> None:
        """It is kept in the queue's archive, and the reason beside it. Raises: Unavailable."""
        ...
