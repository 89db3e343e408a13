"""A database as LEARN-X has it: the functions and tables of pgmq that are used of it, and its own tables.

The extension itself is not at hand everywhere, so its functions are written here anew, to do what its pages promise.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiohttp import web

QUEUES = ("file_processing", "embeddings", "embedding_generation", "content_generation")
STORAGE_KEY = "service-key-of-the-storage"

PGMQ = """
CREATE SCHEMA pgmq;
CREATE TYPE pgmq.message_record AS (
    msg_id bigint, read_ct int, enqueued_at timestamptz, vt timestamptz, message jsonb);
CREATE FUNCTION pgmq."create"(queue text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE pgmq.%I (msg_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        read_ct int NOT NULL DEFAULT 0, enqueued_at timestamptz NOT NULL DEFAULT now(),
        vt timestamptz NOT NULL, message jsonb)', 'q_' || queue);
    EXECUTE format('CREATE TABLE pgmq.%I (msg_id bigint PRIMARY KEY, read_ct int NOT NULL,
        enqueued_at timestamptz NOT NULL, archived_at timestamptz NOT NULL DEFAULT now(),
        vt timestamptz NOT NULL, message jsonb)', 'a_' || queue);
END $$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('INSERT INTO pgmq.%I (vt, message) SELECT clock_timestamp(), unnest($1)
        RETURNING msg_id', 'q_' || queue_name) USING msgs;
END $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb) RETURNS SETOF bigint LANGUAGE sql AS $$
    SELECT * FROM pgmq.send_batch(queue_name, ARRAY[msg]) $$;
CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer)
RETURNS SETOF pgmq.message_record
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('
        WITH next AS (SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp() ORDER BY msg_id
            LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE pgmq.%1$I m SET vt = clock_timestamp() + make_interval(secs => $2), read_ct = m.read_ct + 1
        FROM next WHERE m.msg_id = next.msg_id
        RETURNING m.msg_id, m.read_ct, m.enqueued_at, m.vt, m.message', 'q_' || queue_name) USING qty, vt;
END $$;
CREATE FUNCTION pgmq.set_vt(queue_name text, msg_id bigint, vt integer)
RETURNS SETOF pgmq.message_record
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('UPDATE pgmq.%I m SET vt = clock_timestamp() + make_interval(secs => $1)
        WHERE m.msg_id = $2 RETURNING m.msg_id, m.read_ct, m.enqueued_at, m.vt, m.message', 'q_' || queue_name)
        USING vt, msg_id;
END $$;
CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    EXECUTE format('DELETE FROM pgmq.%I WHERE msg_id = $1 RETURNING msg_id', 'q_' || queue_name) USING msg_id INTO gone;
    RETURN gone IS NOT NULL;
END $$;
CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    EXECUTE format('WITH old AS (DELETE FROM pgmq.%I WHERE msg_id = $1 RETURNING *)
        INSERT INTO pgmq.%I (msg_id, read_ct, enqueued_at, vt, message)
        SELECT msg_id, read_ct, enqueued_at, vt, message FROM old RETURNING msg_id',
        'q_' || queue_name, 'a_' || queue_name) USING msg_id INTO gone;
    RETURN gone IS NOT NULL;
END $$;
"""
TABLES = """
CREATE TABLE courses (id uuid PRIMARY KEY, user_id uuid NOT NULL, title text);
CREATE TABLE course_files (id uuid PRIMARY KEY, course_id uuid NOT NULL REFERENCES courses, module_id uuid,
    name text NOT NULL, original_name text, storage_path text NOT NULL, mime_type text, size_bytes bigint,
    status text NOT NULL DEFAULT 'pending', processing_error text, metadata jsonb,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE file_chunks (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), file_id uuid NOT NULL REFERENCES course_files,
    chunk_index integer NOT NULL, content text NOT NULL, tokens integer, metadata jsonb, chunk_metadata jsonb,
    chunk_type text CHECK (chunk_type IN ('section_header', 'definition', 'informational', 'narrative')),
    hierarchy_level integer, importance text CHECK (importance IN ('high', 'medium', 'low')), section_title text,
    is_start_of_section boolean, is_end_of_section boolean, concepts jsonb,
    content_length integer GENERATED ALWAYS AS (length(content)) STORED, created_at timestamptz DEFAULT now(),
    UNIQUE (file_id, chunk_index));
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE file_embeddings (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    chunk_id uuid NOT NULL REFERENCES file_chunks, embedding vector(1536),
    model_version text NOT NULL DEFAULT 'text-embedding-3-small',
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), UNIQUE (chunk_id, model_version));
CREATE TABLE personas (id uuid PRIMARY KEY, user_id uuid UNIQUE, professional_context jsonb, personal_interests jsonb,
    learning_style jsonb, content_preferences jsonb, communication_tone jsonb, version integer,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE generation_jobs (id uuid PRIMARY KEY, user_id uuid NOT NULL, course_id uuid, file_ids uuid[],
    output_types text[], options jsonb, status text NOT NULL DEFAULT 'pending', progress integer NOT NULL DEFAULT 0,
    error text, persona_id uuid, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE generation_results (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), job_id uuid NOT NULL, file_id uuid,
    output_type text NOT NULL, result jsonb NOT NULL, created_at timestamptz DEFAULT now());
"""


@dataclass
class Learnx:
    """The database, and the storage beside it. files: content by path. asked: raw paths, in order.

    hang: paths whose answers wait for the event. broken: paths that are answered with 500.
    """

    url: str
    connection: Any
    storage: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    hang: dict[str, asyncio.Event] = field(default_factory=dict)

    async def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.connection.fetch(statement, *values)]

    async def one(self, statement: str, *values: object) -> Any:
        return await self.connection.fetchval(statement, *values)

    async def send(self, queue: str, message: object) -> int:
        """A message, as LEARN-X's Node side sends it; its id."""
        return int(await self.one("SELECT * FROM pgmq.send($1, $2::jsonb)", queue, json.dumps(message)))

    async def file(
        self, content: bytes, name: str = "notes.txt", *, path: str | None = None, type: str = ""
    ) -> tuple[UUID, UUID]:
        """A file in a course of its own, without a module; its id and its owner's."""
        file, course, owner = uuid4(), uuid4(), uuid4()
        path = f"{owner}/{name}" if path is None else path
        self.files[path] = content
        await self.connection.execute("INSERT INTO courses (id, user_id) VALUES ($1, $2)", course, owner)
        await self.connection.execute(
            "INSERT INTO course_files (id, course_id, name, storage_path, mime_type) VALUES ($1, $2, $3, $4, $5)",
            *(file, course, name, path, type),
        )
        return file, owner

    async def job(self, owner: UUID, file: UUID, *outputs: str) -> UUID:
        job = uuid4()
        await self.connection.execute(
            "INSERT INTO generation_jobs (id, user_id, file_ids, output_types) VALUES ($1, $2, $3, $4)",
            *(job, owner, [file], list(outputs)),
        )
        return job

    async def persona(self, user: UUID, **groups: object) -> None:
        names = ", ".join(groups)
        values = [json.dumps(group) for group in groups.values()]
        marks = ", ".join(f"${number}::jsonb" for number in range(3, len(values) + 3))
        await self.connection.execute(
            f"INSERT INTO personas (id, user_id, {names}) VALUES ($1, $2, {marks})", uuid4(), user, *values
        )

    async def archived(self, queue: str, message: int) -> dict[str, Any] | None:
        """Code and reason, once it is in the archive."""
        if await self.one("SELECT to_regclass('banyan_queue_faults') IS NULL"):
            return None
        statement = (
            f"SELECT f.code, f.reason FROM pgmq.a_{queue} a JOIN banyan_queue_faults f "
            "ON f.queue = $1 AND f.msg_id = a.msg_id WHERE a.msg_id = $2"
        )
        rows = await self.rows(statement, queue, message)
        return rows[0] if rows else None

    async def is_empty(self, queues: Sequence[str] = QUEUES) -> bool:
        """Whether nothing is left in these queues."""
        return not any([await self.one(f"SELECT count(*) FROM pgmq.q_{queue}") for queue in queues])

    async def status(self, file: UUID) -> str:
        return str(await self.one("SELECT status FROM course_files WHERE id = $1", file))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """As the storage answers for its bucket."""
        self.asked.append(request.raw_path)
        if request.headers.get("Authorization") != f"Bearer {STORAGE_KEY}":
            return web.json_response({"message": "Invalid JWT"}, status=401)
        path = request.match_info["path"]
        if path in self.hang:
            await self.hang[path].wait()
        if path in self.broken:
            return web.Response(status=500)
        if path not in self.files:
            return web.json_response({"message": "Object not found"}, status=404)
        return web.Response(body=self.files[path])


@asynccontextmanager
async def learnx_database(url: str) -> AsyncIterator[Learnx]:
    """A new one in this empty database, with its storage on a socket."""
    connection = await asyncpg.connect(url)
    world = Learnx(url, connection)
    storage = web.Application()
    storage.router.add_get("/storage/v1/object/course-files/{path:.*}", world.answer)
    runner = web.AppRunner(storage)
    try:
        for statements in (PGMQ, TABLES, "".join(f"SELECT pgmq.\"create\"('{queue}');" for queue in QUEUES)):
            await connection.execute(statements)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        world.storage = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield world
    finally:
        await runner.cleanup()
        await connection.close()
