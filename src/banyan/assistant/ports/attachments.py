"""The port to what is known of files beside lessons."""

from collections.abc import Sequence
from typing import Protocol

from banyan.assistant.domain.attachments import Attachment


class Attachments(Protocol):
    """Each call is one transaction and names the tenant."""

    async def put(self, attachment: Attachment) -> None:
        """In place of one with the same name in the same lesson."""
        ...

    async def listed(self, tenant: str, course: str, lesson: str) -> Sequence[Attachment]:
        """By name."""
        ...

    async def get(self, tenant: str, id: str) -> Attachment | None:
        """One."""
        ...

    async def remove(self, tenant: str, id: str) -> bool:
        """Whether it was there."""
        ...
