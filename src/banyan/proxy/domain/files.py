"""Files that callers upload, and that batches write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

PURPOSES = ("assistants", "batch", "evals", "fine-tune", "user_data", "vision")
"""What an upload may be for; only `batch` is used here, the others are kept for whoever wants them back."""
BATCH_OUTPUT = "batch_output"
PIECE = 1024 * 1024
"""Bytes of a file that are read, written and held in memory at once."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file or batch is: nobody else sees it. roles: as they were when it was made.

    zone: the only data zone that its calls may go to; None for any.
    """

    tenant: str
    user: str
    key: str | None = None
    roles: tuple[str, ...] = ()
    zone: str | None = None

    @property
    def name(self) -> str:
        """Within the tenant: a person of a key, and a key of its own, are different owners."""
        return f"{self.key or ''}:{self.user}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file without its bytes. expires: None for never; of an upload that is not complete, when it is given up."""

    tenant: str
    owner: str
    id: str
    name: str
    purpose: str
    size_bytes: int
    created: datetime
    expires: datetime | None
    complete: bool = True


def file_object(file: StoredFile) -> dict[str, Any]:
    """As OpenAI shows it."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": int(file.created.timestamp()),
        "expires_at": None if file.expires is None else int(file.expires.timestamp()),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }
