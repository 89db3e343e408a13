"""Between rows of batches and their values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, update

from banyan.adapters.storage.batch_tables import batches
from banyan.proxy.domain.batches import Batch, BatchStatus
from banyan.proxy.domain.files import Owner

COLUMNS = (
    batches.c.tenant,
    batches.c.owner_json,
    batches.c.id,
    batches.c.endpoint,
    batches.c.input_file,
    batches.c.created,
    batches.c.expires,
    batches.c.status,
    batches.c.outcome,
    batches.c.moments_json,
    batches.c.total,
    batches.c.completed,
    batches.c.failed,
    batches.c.output_file,
    batches.c.error_file,
    batches.c.details_json,
    batches.c.cost_json,
)
WORKABLE = (BatchStatus.VALIDATING, BatchStatus.IN_PROGRESS)


def row_of(batch: Batch) -> dict[str, Any]:
    """Every column of a new batch."""
    owner = batch.owner
    return {
        "tenant": owner.tenant,
        "id": batch.id,
        "owner": owner.name,
        "owner_json": _text({"user": owner.user, "key": owner.key, "roles": owner.roles, "zone": owner.zone}),
        "endpoint": batch.endpoint,
        "input_file": batch.input_file,
        "created": batch.created,
        "expires": batch.expires,
        "paused": batch.created,
        "claimed": batch.created,
        **state_of(batch),
    }


def state_of(batch: Batch) -> dict[str, Any]:
    """The columns that change while it lives, without the counts of its lines that have an answer."""
    details = {
        "metadata": batch.metadata,
        "errors": batch.errors,
        "estimate": batch.estimate,
        "remote": batch.remote,
        "output_seconds": batch.output_seconds,
    }
    return {
        "status": batch.status.value,
        "outcome": batch.outcome.value,
        "moments_json": _text(batch.moments),
        "total": batch.total,
        "completed": batch.completed,
        "failed": batch.failed,
        "output_file": batch.output_file,
        "error_file": batch.error_file,
        "details_json": _text(details),
        "cost_json": None if batch.cost is None else _text(batch.cost),
    }


def batch_of(row: Row[Any]) -> Batch:
    """The value of a row of `COLUMNS`."""
    fields = row._mapping
    owner = msgspec.json.decode(fields["owner_json"])
    details = msgspec.json.decode(fields["details_json"])
    return Batch(
        owner=Owner(fields["tenant"], owner["user"], owner["key"], tuple(owner["roles"]), owner["zone"]),
        id=fields["id"],
        endpoint=fields["endpoint"],
        input_file=fields["input_file"],
        created=fields["created"],
        expires=fields["expires"],
        status=BatchStatus(fields["status"]),
        outcome=BatchStatus(fields["outcome"]),
        moments=msgspec.json.decode(fields["moments_json"]),
        total=fields["total"],
        completed=fields["completed"],
        failed=fields["failed"],
        output_file=fields["output_file"],
        error_file=fields["error_file"],
        cost=None if fields["cost_json"] is None else msgspec.json.decode(fields["cost_json"]),
        **details,
    )


def fetch(connection: Connection, query: Select[Any]) -> list[Batch]:
    """The batches of a query over `COLUMNS`."""
    return [batch_of(row) for row in connection.execute(query)]


def locked(connection: Connection, tenant: str, id: str) -> Batch | None:
    """The batch, which nobody else changes until the transaction ends."""
    query = select(*COLUMNS).where(batches.c.tenant == tenant, batches.c.id == id).with_for_update()
    found = fetch(connection, query)
    return found[0] if found else None


def change(connection: Connection, batch: Batch, **values: Any) -> None:
    """Sets columns of the batch."""
    mine = (batches.c.tenant == batch.owner.tenant, batches.c.id == batch.id)
    connection.execute(update(batches).where(*mine).values(**values))


def moved(batch: Batch, status: BatchStatus, now: datetime) -> dict[str, Any]:
    """The columns of a batch that comes to the status now."""
    moments = {**batch.moments, status.value: int(now.timestamp())}
    return {"status": status.value, "moments_json": _text(moments)}


def _text(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
