"""The port to where personas are kept."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.persona import Persona

Change = Callable[[Persona], Persona]
"""What is kept (an empty one where nothing is) to what is to be kept; without side effects, it may run twice."""


class KeptPersona(Struct, frozen=True):
    """One state of a learner's persona. version: from 1, grows by one with each change. by: who changed it."""

    persona: Persona
    version: int
    at: datetime
    by: str


class PersonaStore(Protocol):
    """One persona for each tenant and user, with its last 20 states."""

    async def find(self, tenant: str, user: str) -> KeptPersona | None:
        """The newest state. Raises: Unavailable."""
        ...

    async def history(self, tenant: str, user: str) -> Sequence[KeptPersona]:
        """The newest first, at most 20. Raises: Unavailable."""
        ...

    async def change(self, tenant: str, user: str, change: Change, at: datetime, by: str) -> KeptPersona:
        """Changes what is kept in one go, so that of two partial changes at once none is lost.

        What changes nothing makes no new version, unless nothing was kept. Raises: Unavailable.
        """
        ...

    async def remove(self, tenant: str, user: str) -> bool:
        """Every state of it; whether there was one. Raises: Unavailable."""
        ...
