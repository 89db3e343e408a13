"""LEARN-X's own tables, as its Node side and its migrations have them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from banyan.adapters.queues.pool import Pool
from banyan.assistant.ports.course_files import CourseFile, GenerationJob, Row, StoredChunk

_EMBEDDINGS: Final = "embeddings"
_AT_ONCE: Final = 50
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = 'file_chunks' AND is_generated = 'NEVER'
"""
_TYPES: Final[Mapping[str, str]] = {
    "id": "uuid",
    "file_id": "uuid",
    "chunk_index": "integer",
    "content": "text",
    "content_length": "integer",
    "chunk_type": "text",
    "importance": "text",
    "hierarchy_level": "integer",
    "section_title": "text",
    "is_start_of_section": "boolean",
    "is_end_of_section": "boolean",
    "metadata": "jsonb",
    "chunk_metadata": "jsonb",
    "concepts": "jsonb",
}
"""Columns of a chunk that are written, where the installation has them; names in statements come from here alone."""
_FILE = """
SELECT f.id, f.course_id, c.user_id, coalesce(f.original_name, f.name) AS name, f.storage_path,
    coalesce(f.mime_type, '') AS mime_type, coalesce(f.size_bytes, 0) AS size_bytes, f.status
FROM course_files f JOIN courses c ON c.id = f.course_id WHERE f.id = $1
"""
_BEGIN = "UPDATE course_files SET status = 'processing', processing_error = NULL, updated_at = now() WHERE id = $1"
_LOCK = "SELECT 1 FROM course_files WHERE id = $1 FOR UPDATE"
_FORGET_VECTORS = "DELETE FROM file_embeddings WHERE chunk_id IN (SELECT id FROM file_chunks WHERE file_id = $1)"
_FORGET = "DELETE FROM file_chunks WHERE file_id = $1"
_DONE = """
UPDATE course_files SET status = 'completed', processing_error = NULL, updated_at = now(),
    metadata = coalesce(metadata, '{}'::jsonb) || $2::jsonb WHERE id = $1
"""
_SEND = "SELECT pgmq.send_batch($1::text, $2::jsonb[])"
_FAIL = """
UPDATE course_files SET status = 'failed', processing_error = $2, updated_at = now(),
    metadata = coalesce(metadata, '{}'::jsonb) || jsonb_build_object('error_message', $2::text, 'failed_at', now())
WHERE id = $1
"""
_CHUNKS = """
SELECT id, content FROM file_chunks WHERE file_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2::uuid[]))
ORDER BY chunk_index LIMIT $3
"""
_VECTORS = """
INSERT INTO file_embeddings (chunk_id, embedding, model_version)
SELECT new.id, new.vector::vector, $3
FROM unnest($1::uuid[], $2::text[]) AS new (id, vector) JOIN file_chunks c ON c.id = new.id
ORDER BY new.id
ON CONFLICT (chunk_id, model_version) DO UPDATE SET embedding = excluded.embedding, updated_at = now()
"""
_PERSONA = """
SELECT to_jsonb(p)::text AS row FROM personas p WHERE p.user_id = $1 ORDER BY p.id = $2::uuid DESC NULLS LAST LIMIT 1
"""
_JOB = "SELECT id, user_id, file_ids, output_types, status FROM generation_jobs WHERE id = $1"
_LOCK_JOB = "SELECT 1 FROM generation_jobs WHERE id = $1 FOR UPDATE"
_FORGET_RESULT = "DELETE FROM generation_results WHERE job_id = $1 AND file_id = $2 AND output_type = $3"
_RESULT = "INSERT INTO generation_results (job_id, file_id, output_type, result) VALUES ($1, $2, $3, $4::jsonb)"
_PROGRESS = """
UPDATE generation_jobs SET updated_at = now(),
    progress = least(100, 100 * done.n / $2::integer),
    status = CASE WHEN done.n >= $2::integer THEN 'completed' WHEN status = 'failed' THEN status ELSE 'processing' END,
    error = CASE WHEN done.n >= $2::integer THEN NULL ELSE error END
FROM (SELECT count(DISTINCT (file_id, output_type))::integer AS n FROM generation_results WHERE job_id = $1) AS done
WHERE id = $1
"""
_FAIL_JOB = "UPDATE generation_jobs SET status = 'failed', error = $2, updated_at = now() WHERE id = $1"


class LearnxTables:
    """The port `CourseFiles`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def file(self, id: UUID) -> CourseFile | None:
        """As the port says."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_FILE, id)
        return None if row is None else CourseFile(*(_plain(value) for value in row.values()))

    async def begin(self, file: UUID) -> None:
        """As the port says."""
        async with self._pool.connection() as connection:
            await connection.execute(_BEGIN, file)

    async def finish(self, file: CourseFile, chunks: Sequence[Row], metadata: Row, messages: Sequence[Row]) -> None:
        """As the port says; two that do it at once do it one after the other."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LOCK, file.id)
            await connection.execute(_FORGET_VECTORS, file.id)
            await connection.execute(_FORGET, file.id)
            there = {row["column_name"] for row in await connection.fetch(_COLUMNS)}
            names = [name for name in _TYPES if name in there]
            if chunks:
                columns = [[_stored(name, chunk[name]) for chunk in chunks] for name in names]
                await connection.execute(_insert(names), *columns)
            for start in range(0, len(messages), _AT_ONCE):
                some = [json.dumps(message) for message in messages[start : start + _AT_ONCE]]
                await connection.execute(_SEND, _EMBEDDINGS, some)
            await connection.execute(_DONE, file.id, _json(metadata))

    async def fail(self, file: UUID, reason: str) -> None:
        """As the port says."""
        async with self._pool.connection() as connection:
            await connection.execute(_FAIL, file, reason)

    async def chunks(self, file: UUID, ids: Sequence[UUID] | None, limit: int) -> Sequence[StoredChunk]:
        """As the port says."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_CHUNKS, file, None if ids is None else list(ids), limit)
        return [StoredChunk(_plain(row["id"]), row["content"]) for row in rows]

    async def put_vectors(self, vectors: Mapping[UUID, Sequence[float]], model: str) -> None:
        """As the port says."""
        texts = [f"[{','.join(map(repr, vector))}]" for vector in vectors.values()]
        async with self._pool.connection() as connection:
            await connection.execute(_VECTORS, list(vectors), texts, model)

    async def persona(self, user: UUID, id: UUID | None) -> Row | None:
        """As the port says."""
        async with self._pool.connection() as connection:
            row = await connection.fetchval(_PERSONA, user, id)
        if row is None:
            return None
        found: dict[str, Any] = json.loads(row)
        return {name: value for name, value in found.items() if isinstance(value, dict)}

    async def job(self, id: UUID) -> GenerationJob | None:
        """As the port says."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_JOB, id)
        if row is None:
            return None
        files = tuple(_plain(file) for file in row["file_ids"] or ())
        return GenerationJob(
            _plain(row["id"]), _plain(row["user_id"]), files, tuple(row["output_types"]), row["status"]
        )

    async def put_result(self, job: GenerationJob, file: UUID, output: str, result: Row) -> None:
        """As the port says."""
        ordered = max(1, len(job.files) * len(job.outputs))
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LOCK_JOB, job.id)
            await connection.execute(_FORGET_RESULT, job.id, file, output)
            await connection.execute(_RESULT, job.id, file, output, _json(result))
            await connection.execute(_PROGRESS, job.id, ordered)

    async def fail_job(self, id: UUID, reason: str) -> None:
        """As the port says."""
        async with self._pool.connection() as connection:
            await connection.execute(_FAIL_JOB, id, reason)


def _insert(names: Sequence[str]) -> str:
    arrays = ", ".join(f"${number}::{_TYPES[name]}[]" for number, name in enumerate(names, 1))
    listed = ", ".join(names)
    return f"INSERT INTO file_chunks ({listed}) SELECT {listed} FROM unnest({arrays}) AS new ({listed})"


def _stored(name: str, value: object) -> object:
    if _TYPES[name] == "jsonb":
        return _json(value)
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


def _json(value: object) -> str:
    """PostgreSQL takes no U+0000 in JSON."""
    return json.dumps(value, default=list).replace("\\u0000", "\\ufffd")


def _plain(value: Any) -> Any:
    """The driver has a class of its own for ids."""
    return UUID(int=value.int) if isinstance(value, UUID) else value
