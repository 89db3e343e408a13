"""The port to locks that hold across processes."""

from typing import Protocol


class SharedLocks(Protocol):
    """Locks by name. Whoever holds one and dies has lost it at once."""

    async def take(self, *names: str) -> bool:
        """Takes the lock of these names if nobody has it; never call it for one that this process holds.

        Raises: Unavailable.
        """
        ...

    async def give_back(self, *names: str) -> None:
        """Frees a lock that was taken; never fails, since a lock that is lost is free already."""
        ...
