"""The port to the responses that are kept for `previous_response_id` and for reading again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.proxy.domain.responses_stored import StoredResponse


class ResponseStore(Protocol):
    """Keeps responses until they expire. Each method is one transaction. Raises everywhere: Unavailable."""

    async def add(self, response: StoredResponse, *, now: datetime) -> None:
        """On disk when it returns. The conversation before it lives as long as it does; what has expired is dropped."""
        ...

    async def get(self, tenant: str, owner: str, id: str, *, now: datetime) -> StoredResponse | None:
        """The owner's response of that id; None also for somebody else's, and for one that has expired."""
        ...

    async def conversation(self, tenant: str, owner: str, id: str, *, now: datetime) -> Sequence[StoredResponse]:
        """The response of that id and all that led to it, oldest first; empty where `get` finds nothing.

        It begins later than the conversation did where a response in between has been deleted: then `previous` of
        its first one is not None.
        """
        ...

    async def delete(self, tenant: str, owner: str, id: str, *, now: datetime) -> bool:
        """Whether there was one."""
        ...
