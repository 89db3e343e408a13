"""The port to files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.proxy.domain.files import StoredFile


class FileStore(Protocol):
    """Files in pieces of `PIECE` bytes, the last one shorter. Each method is one transaction. Raises: Unavailable."""

    async def begin(self, file: StoredFile) -> None:
        """A file whose bytes are to come; nobody sees it until `complete`. Drops what has expired."""
        ...

    async def append(self, tenant: str, id: str, number: int, data: bytes) -> None:
        """The next piece. number: counts from 0."""
        ...

    async def complete(self, file: StoredFile) -> None:
        """All its bytes are there; from now on it is what `file` says."""
        ...

    async def get(self, tenant: str, owner: str, id: str, *, now: datetime) -> StoredFile | None:
        """The owner's complete file; None also for somebody else's, and for one that has expired."""
        ...

    async def page(
        self,
        tenant: str,
        owner: str,
        *,
        now: datetime,
        limit: int,
        after: str | None = None,
        newest_first: bool = True,
        purpose: str | None = None,
    ) -> Sequence[StoredFile]:
        """At most `limit` of the owner's files that follow the one with the id `after`."""
        ...

    async def piece(self, tenant: str, id: str, number: int) -> bytes | None:
        """The bytes of one piece; None behind the last one."""
        ...

    async def delete(self, tenant: str, owner: str, id: str) -> bool:
        """Whether there was one. A file that is not complete is deleted too."""
        ...
