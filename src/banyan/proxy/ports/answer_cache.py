"""The port to the store of cached answers."""

from typing import Protocol


class AnswerCache(Protocol):
    """Bytes by key, for a while. A store that cannot be reached answers as if it were empty, and says so in metrics.

    fault: why it cannot be reached; None while it can.
    """

    @property
    def fault(self) -> str | None:
        """As the class says."""
        ...

    async def get(self, key: str) -> bytes | None:
        """What is stored and has not expired."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keeps it for so many seconds; the oldest go first when there is no room."""
        ...

    async def drop(self, prefix: str) -> int:
        """Forgets every key that begins so; how many."""
        ...

    async def close(self) -> None:
        """Releases connections."""
        ...
