"""The port by which processes tell each other whose cached answers are to be forgotten."""

from collections.abc import Mapping
from typing import Protocol


class ForgottenAnswers(Protocol):
    """A number for each tenant, which grows."""

    async def add(self, tenant: str) -> None:
        """Every process is to forget the tenant's answers. Raises: Unavailable."""
        ...

    async def numbers(self) -> Mapping[str, int]:
        """How often that was said, by tenant. Raises: Unavailable."""
        ...
