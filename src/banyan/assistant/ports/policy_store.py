"""The port to where every state of policies, pauses and presets is kept."""

from collections.abc import Sequence
from typing import Protocol

from banyan.assistant.domain.policy_versions import Key, Version


class PolicyStore(Protocol):
    """Versions are only ever added. Every method raises Unavailable when the store cannot be reached."""

    async def changes(self, after: int) -> tuple[int, Sequence[Version]]:
        """The number of the newest change, by whichever process, and what came with those after `after`.

        Of each key the newest version at least, older ones first. Cheap where nothing has changed.
        """
        ...

    async def history(self, key: Key, limit: int) -> Sequence[Version]:
        """Versions of a key, the newest first."""
        ...

    async def add(self, version: Version, seen: int) -> bool:
        """Whether it was added: not where anything has changed since the change `seen`."""
        ...
