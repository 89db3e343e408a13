"""Batches: many requests in one file, answered when there is time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.proxy.domain.files import Owner

WINDOW = timedelta(hours=24)
ENDPOINTS: Mapping[str, str] = {
    "/v1/chat/completions": "chat",
    "/v1/embeddings": "embeddings",
    "/v1/responses": "chat",
    "/v1/moderations": "chat",
}
"""What the lines of a batch may ask, and the scope that a key needs for it."""
TASK = "batch"
"""The task kind of the calls that batches make."""
_MOST_METADATA = 16
_LONGEST_NAME, _LONGEST_VALUE = 64, 512


class BatchStatus(StrEnum):
    """Where a batch is, in OpenAI's words."""

    VALIDATING = "validating"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


OVER = frozenset({BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.EXPIRED, BatchStatus.CANCELLED})


class LineState(StrEnum):
    """running: within a lease of one process. remote: left to a provider's own batch API.

    done and failed have a result and are never asked again.
    """

    WAITING = "waiting"
    RUNNING = "running"
    REMOTE = "remote"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch.

    outcome: the status that it is finalized to. moments: seconds since 1970 at which it came to each status.
    errors: what is wrong with its lines. estimate, cost: as shown to the caller. remote: where a provider works on it.
    """

    owner: Owner
    id: str
    endpoint: str
    input_file: str
    created: datetime
    expires: datetime
    metadata: Mapping[str, str] | None = None
    status: BatchStatus = BatchStatus.VALIDATING
    outcome: BatchStatus = BatchStatus.COMPLETED
    moments: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    completed: int = 0
    failed: int = 0
    output_file: str | None = None
    error_file: str | None = None
    output_seconds: int | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    estimate: dict[str, Any] | None = None
    cost: dict[str, Any] | None = None
    remote: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch. number: of its line in the file, from 1. tries: how often it met a passing failure."""

    tenant: str
    batch: str
    number: int
    custom_id: str
    body: bytes
    tries: int = 0

    @property
    def request_id(self) -> str:
        """What ledger and logs know the call by."""
        return f"{self.batch}-{self.number}"


def check_metadata(metadata: Mapping[str, str] | None) -> None:
    """Raises: InvalidInput beyond OpenAI's bounds."""
    for name, value in (metadata or {}).items():
        if len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE:
            raise InvalidInput(
                f"A name in `metadata` has at most {_LONGEST_NAME} characters and a value {_LONGEST_VALUE}; shorten "
                "them.",
                param="metadata",
            )
    if len(metadata or {}) > _MOST_METADATA:
        raise InvalidInput(f"`metadata` has more than {_MOST_METADATA} entries; send fewer.", param="metadata")


def batch_object(batch: Batch) -> dict[str, Any]:
    """As OpenAI shows it, with `estimated_cost` and `cost`."""
    moments = batch.moments
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": batch.errors} if batch.errors else None,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": batch.status.value,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        "created_at": int(batch.created.timestamp()),
        "in_progress_at": moments.get("in_progress"),
        "expires_at": int(batch.expires.timestamp()),
        "finalizing_at": moments.get("finalizing"),
        "completed_at": moments.get("completed"),
        "failed_at": moments.get("failed"),
        "expired_at": moments.get("expired"),
        "cancelling_at": moments.get("cancelling"),
        "cancelled_at": moments.get("cancelled"),
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "metadata": None if batch.metadata is None else dict(batch.metadata),
        "estimated_cost": batch.estimate,
        "cost": batch.cost,
    }
