"""The port to the tables that jobs have written, until they are fetched."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

MOST_BYTES = 5 * 1024 * 1024
MOST_FILES = 20
"""Of one person; the oldest makes room."""


class JobFile(Struct, frozen=True):
    """What a job wrote. by: who ordered it. content: CSV.

    courses: that it may be about; None for all of the tenant. private: whether it may show what is kept from whoever
    is no admin.
    """

    tenant: str
    job: str
    by: str
    name: str
    content: str
    created: datetime
    expires: datetime
    courses: tuple[str, ...] | None = None
    private: bool = False


class JobFiles(Protocol):
    """Every call names the tenant."""

    async def keep(self, file: JobFile) -> None:
        """In place of what the same job wrote before; the oldest of the same person beyond `MOST_FILES` go.

        Nothing is kept of a job that was cancelled or deleted meanwhile.
        """
        ...

    async def get(self, tenant: str, job: str, now: datetime) -> JobFile | None:
        """None where there is none, or it is too old. Raises: Unavailable."""
        ...
