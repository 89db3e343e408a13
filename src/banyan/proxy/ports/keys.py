"""The port to the store of virtual keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from banyan.proxy.domain.keys import LimitRule, StoredKey


class KeyStore(Protocol):
    """Every key of every tenant; few enough that a process holds them all in memory."""

    async def change(self) -> int:
        """A number that grows with every change to any key, in whatever process; cheap."""
        ...

    async def all(self) -> Sequence[StoredKey]:
        """Revoked and expired ones too, in the order of their making."""
        ...

    async def get(self, tenant: str, id: str) -> StoredKey | None:
        """One key."""
        ...

    async def put(self, stored: StoredKey) -> None:
        """Adds the key, or replaces the one with its id, and makes `change` grow."""
        ...

    async def rules(self) -> Sequence[LimitRule]:
        """Limits of users and tenants, of every tenant."""
        ...

    async def put_rule(self, rule: LimitRule) -> None:
        """Adds it, or replaces the one of its subject; one that limits nothing is removed. Makes `change` grow."""
        ...

    async def used(self, times: Mapping[tuple[str, str], datetime]) -> None:
        """By tenant and id, when keys were last used. Does not make `change` grow."""
        ...

    async def signing_secret(self) -> bytes:
        """The secret of this installation's browser tokens; made when it is first asked for."""
        ...
