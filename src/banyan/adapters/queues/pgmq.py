"""Queues of the PostgreSQL extension pgmq, through its own functions alone."""

import json
from collections.abc import Sequence

import structlog

from banyan.adapters.queues.pool import Pool
from banyan.assistant.ports.message_queue import QueueMessage
from banyan.kernel.errors import Unavailable

_log = structlog.get_logger(__name__)
_READ = "SELECT msg_id, read_ct, message::text AS message FROM pgmq.read($1::text, $2::integer, $3::integer)"
_HOLD = "SELECT 1 FROM unnest($2::bigint[]) AS held (id), pgmq.set_vt($1::text, held.id, $3::integer)"
_DELETE = "SELECT pgmq.delete($1::text, $2::bigint)"
_ARCHIVE = "SELECT pgmq.archive($1::text, $2::bigint)"
_FAULTS = """
CREATE TABLE IF NOT EXISTS banyan_queue_faults (
    queue text NOT NULL,
    msg_id bigint NOT NULL,
    read_ct integer NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue, msg_id)
)
"""
_FAULT = """
INSERT INTO banyan_queue_faults (queue, msg_id, read_ct, code, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (queue, msg_id) DO UPDATE SET code = excluded.code, reason = excluded.reason, archived_at = now()
"""


class PgmqQueue:
    """The port `MessageQueue`. Reasons stand in the table `banyan_queue_faults` if it may be made, else in the log."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._has_faults: bool | None = None

    async def read(self, queue: str, seconds: int, limit: int) -> Sequence[QueueMessage]:
        """As the port says."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_READ, queue, seconds, limit)
        return [QueueMessage(queue, row["msg_id"], row["read_ct"], json.loads(row["message"])) for row in rows]

    async def hold(self, queue: str, ids: Sequence[int], seconds: int) -> None:
        """As the port says."""
        async with self._pool.connection() as connection:
            await connection.execute(_HOLD, queue, list(ids), seconds)

    async def delete(self, queue: str, id: int) -> None:
        """As the port says."""
        async with self._pool.connection() as connection:
            await connection.execute(_DELETE, queue, id)

    async def archive(self, message: QueueMessage, code: str, reason: str) -> None:
        """As the port says; both in one transaction."""
        await self._make_faults()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_ARCHIVE, message.queue, message.id)
            if self._has_faults:
                await connection.execute(_FAULT, message.queue, message.id, message.reads, code, reason)

    async def _make_faults(self) -> None:
        if self._has_faults is not None:
            return
        try:
            async with self._pool.connection() as connection:
                await connection.execute(_FAULTS)
            self._has_faults = True
        except Unavailable as error:
            self._has_faults = False
            _log.warning("queue-faults-in-the-log-alone", error=error.message)
