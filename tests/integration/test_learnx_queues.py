"""LEARN-X's queues: every message comes to an end, once, with a result or a reason."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from learnx_database import STORAGE_KEY, Learnx, learnx_database
from lesson_files import pdf
from private_servers import PrivatePostgres, migrated_sqlite
from scripted_gateway import until
from services import working

from banyan.app.settings import load_settings
from banyan.app.wiring import open_services

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = (
    "# Cells\n\nA cell is the smallest unit of life. Every living thing is made of cells. The nucleus is the part of a "
    "cell that keeps the genes. A membrane is a thin wall that lets little in. Mitochondria are the parts that turn "
    "sugar into energy. A ribosome is a small machine that builds proteins.\n\n## Walls\n\nA cell wall is a firm "
    "layer around the membrane of a plant cell. Cellulose is the fibre of which the wall is made. Walls are firm."
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def learnx(tmp_path_factory: pytest.TempPathFactory, postgres_server: PrivatePostgres) -> AsyncIterator[Learnx]:
    """The database, with the services at work on its queues."""
    if not postgres_server.has_vector:
        pytest.skip("pgvector is missing")
    folder = tmp_path_factory.mktemp("queues")
    async with learnx_database(postgres_server.new_database()) as world:
        settings = load_settings(
            data=folder,
            database_url=migrated_sqlite(folder),
            pgmq_database_url=world.url,
            supabase_url=world.storage,
            supabase_service_role_key=STORAGE_KEY,
            pgmq_visibility_seconds=3,
        )
        async with open_services(settings, ("assistant", "proxy"), frozenset(), ""):
            yield world


def _process(file: UUID, user: UUID, **options: Any) -> dict[str, Any]:
    envelope = {"file_id": str(file), "user_id": str(user), "queued_at": "2026-01-01T00:00:00Z", "retry_count": 0}
    return {**envelope, "job_type": "process_file", "processing_options": {"priority": 5, **options}}


def _generate(file: UUID, user: UUID, job: UUID, output: str, **options: Any) -> dict[str, Any]:
    wanted = {"jobId": str(job), "outputType": output, "courseId": str(uuid4()), "priority": 7, **options}
    return {**_process(file, user), "job_type": "generate_content", "processing_options": wanted}


async def _done(learnx: Learnx) -> None:
    await until(learnx.is_empty, 30)


async def _archived(learnx: Learnx, queue: str, message: int) -> dict[str, Any]:
    async def there() -> bool:
        return await learnx.archived(queue, message) is not None

    await until(there, 30)
    found = await learnx.archived(queue, message)
    assert found is not None
    return found


async def test_a_file_becomes_chunks_with_vectors_and_a_second_time_the_same(learnx: Learnx) -> None:
    """Chunks of the wanted length with their page, vectors of 1536 numbers that find the right one, queues empty."""
    pages = [["Cells divide in two."], ["Bones carry the weight."], ["Blood brings oxygen."]]
    file, owner = await learnx.file(pdf(pages, title="Facts"), "facts ä#1.pdf", type="application/pdf")
    await learnx.send("file_processing", _process(file, owner, chunkSize=300, min_chunk_size=0))
    await _done(learnx)
    assert await learnx.status(file) == "completed"
    assert learnx.asked[-1].endswith("/facts%20%C3%A4%231.pdf")
    chunks = await learnx.rows(
        "SELECT id, content, metadata->>'page' AS page FROM file_chunks WHERE file_id = $1 ORDER BY chunk_index", file
    )
    assert [(row["content"], row["page"]) for row in chunks] == [
        ("Cells divide in two.", "1"),
        ("Bones carry the weight.", "2"),
        ("Blood brings oxygen.", "3"),
    ]
    nearest = await learnx.rows(
        "SELECT other.chunk_id, vector_dims(other.embedding) AS width, other.model_version FROM file_embeddings one "
        "JOIN file_embeddings other ON true JOIN file_chunks c ON c.id = other.chunk_id "
        "WHERE one.chunk_id = $1 AND c.file_id = $2 ORDER BY one.embedding <=> other.embedding",
        *(chunks[1]["id"], file),
    )
    assert nearest[0]["chunk_id"] == chunks[1]["id"]
    assert {(row["width"], row["model_version"]) for row in nearest} == {(1536, "banyan/minilm")}
    await learnx.send("file_processing", _process(file, owner, chunk_size=300, min_chunk_size=0))
    await _done(learnx)
    again = await learnx.rows("SELECT id FROM file_chunks WHERE file_id = $1 ORDER BY chunk_index", file)
    assert [row["id"] for row in again] == [row["id"] for row in chunks]


async def test_content_ordered_on_the_queue_of_files_is_made_and_the_chunks_stay(learnx: Learnx) -> None:
    """Dispatched by `job_type`: results for both outputs, the job completed, and no chunk touched."""
    file, owner = await learnx.file(TEXT.encode(), "cells.md", type="text/markdown")
    await learnx.send("file_processing", _process(file, owner))
    await _done(learnx)
    before = await learnx.rows("SELECT id, created_at FROM file_chunks WHERE file_id = $1 ORDER BY id", file)
    job = await learnx.job(owner, file, "flashcards", "quiz")
    await learnx.persona(owner, professional_context={"industry": "aviation"}, learning_style=None)
    await learnx.send("file_processing", _generate(file, owner, job, "flashcards", flashcard_count=2))
    await learnx.send("content_generation", _generate(file, owner, job, "quiz", quiz_difficulty="hard"))
    await _done(learnx)
    [row] = await learnx.rows("SELECT status, progress, error FROM generation_jobs WHERE id = $1", job)
    assert row == {"status": "completed", "progress": 100, "error": None}
    cards = await learnx.one(
        "SELECT jsonb_array_length(result->'flashcards') FROM generation_results WHERE job_id = $1 "
        "AND output_type = 'flashcards'",
        job,
    )
    assert cards == 2
    letters = "SELECT result->'questions'->0->'options'->>(result->'questions'->0->>'answer') FROM generation_results "
    assert await learnx.one(f"{letters} WHERE job_id = $1 AND output_type = 'quiz'", job)
    assert await learnx.one("SELECT count(*) FROM generation_results WHERE job_id = $1", job) == 2
    after = await learnx.rows("SELECT id, created_at FROM file_chunks WHERE file_id = $1 ORDER BY id", file)
    assert after == before


@pytest.mark.parametrize(
    ("queue", "message", "reason"),
    [
        ("file_processing", ["no object"], "no object"),
        ("file_processing", {"job_type": "make_coffee", "file_id": str(uuid4())}, "make_coffee"),
        ("file_processing", {"job_type": "process_file", "file_id": "1; DROP TABLE courses", "user_id": ""}, "file_id"),
        ("content_generation", {"file_id": str(uuid4()), "user_id": str(uuid4())}, "outputType"),
        ("embedding_generation", {"fileId": str(uuid4()), "userId": str(uuid4()), "chunks": 7}, "chunks"),
    ],
)
async def test_poison_is_archived_at_once_with_its_reason(
    queue: str, message: object, reason: str, learnx: Learnx
) -> None:
    """It is read once."""
    found = await _archived(learnx, queue, await learnx.send(queue, message))
    assert (found["code"], reason in found["reason"]) == ("poison_message", True)


async def test_nothing_is_done_with_a_file_of_somebody_else(learnx: Learnx) -> None:
    """The message's user must own the file; its row stays as it was, and the storage is not asked."""
    file, _ = await learnx.file(b"Secret.")
    asked = len(learnx.asked)
    message = await learnx.send("file_processing", _process(file, uuid4()))
    assert (await _archived(learnx, "file_processing", message))["code"] == "not_owner"
    assert (await learnx.status(file), len(learnx.asked)) == ("pending", asked)


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("../other-bucket/secret.txt", b"Secret.", "file_path"),
        ("gone.txt", b"", "file_empty"),
        ("latin.txt", b"Gr\xf6\xdfe ist \xfcberall wichtig.", "invalid_request"),
    ],
)
async def test_what_cannot_be_read_fails_its_file_with_the_reason(
    path: str, content: bytes, code: str, learnx: Learnx
) -> None:
    """A path out of the bucket, an empty file, no UTF-8: no second try, and no invented text."""
    file, owner = await learnx.file(content, path=path)
    message = await learnx.send("file_processing", _process(file, owner))
    found = await _archived(learnx, "file_processing", message)
    assert found["code"] == code
    assert await learnx.status(file) == "failed"
    assert await learnx.one("SELECT processing_error FROM course_files WHERE id = $1", file) == found["reason"]
    assert not any("secret" in asked for asked in learnx.asked)


async def test_what_fails_for_now_is_tried_three_times(learnx: Learnx) -> None:
    """A storage in trouble: the message comes back, and is archived with its reason in the end."""
    file, owner = await learnx.file(b"Notes.", path="broken.txt")
    learnx.broken.add("broken.txt")
    message = await learnx.send("file_processing", _process(file, owner))
    for reads in (1, 2):

        async def failed(reads: int = reads) -> bool:
            """Put back by the worker, to be read later."""
            statement = (
                "SELECT read_ct = $2 AND vt > now() + interval '4 s' FROM pgmq.q_file_processing WHERE msg_id = $1"
            )
            return bool(await learnx.one(statement, message, reads))

        await until(failed, 30)
        await learnx.one("UPDATE pgmq.q_file_processing SET vt = now() WHERE msg_id = $1", message)
    assert (await _archived(learnx, "file_processing", message))["code"] == "storage_unavailable"
    assert learnx.asked.count("/storage/v1/object/course-files/broken.txt") == 3
    assert await learnx.status(file) == "failed"


async def test_work_that_ended_no_process_well_is_not_begun_a_fourth_time(learnx: Learnx) -> None:
    """A file that kills whoever reads it: after three deaths it is archived, and its storage is left alone."""
    file, owner = await learnx.file(b"Bomb.", path="bomb.txt")
    message = await learnx.one(
        "INSERT INTO pgmq.q_file_processing (read_ct, vt, message) VALUES (3, now(), $1::jsonb) RETURNING msg_id",
        json.dumps(_process(file, owner)),
    )
    assert (await _archived(learnx, "file_processing", message))["code"] == "worn_out"
    assert await learnx.status(file) == "failed"
    assert not any("bomb" in asked for asked in learnx.asked)


async def test_a_job_that_takes_longer_than_a_message_is_hidden_runs_once(learnx: Learnx) -> None:
    """The message stays hidden for as long as somebody works on it."""
    file, owner = await learnx.file(b"Figs are flowers turned inside out.", path="slow.txt")
    learnx.hang["slow.txt"] = asyncio.Event()
    message = await learnx.send("file_processing", _process(file, owner))
    path = "/storage/v1/object/course-files/slow.txt"

    async def renewed() -> bool:
        statement = (
            "SELECT now() - enqueued_at > interval '4 s' AND vt > now() FROM pgmq.q_file_processing WHERE msg_id = $1"
        )
        return bool(await learnx.one(statement, message))

    await until(renewed, 30)
    learnx.hang["slow.txt"].set()
    await _done(learnx)
    assert (learnx.asked.count(path), await learnx.status(file)) == (1, "completed")


async def test_nodes_batches_of_chunks_get_vectors_for_chunks_of_their_file_alone(learnx: Learnx) -> None:
    """The payload of `embedding_generation`; words are those of the database, not of the message."""
    files = [await learnx.file(TEXT.encode(), "cells.md") for _ in range(2)]
    for file, owner in files:
        await learnx.send("file_processing", _process(file, owner))
    await _done(learnx)
    await learnx.one("DELETE FROM file_embeddings")
    (file, owner), (other, _) = files
    ids = [await learnx.one("SELECT id FROM file_chunks WHERE file_id = $1 LIMIT 1", one) for one in (file, other)]
    chunks = [{"id": str(id), "content": "Other words.", "position": 0} for id in (*ids, uuid4())]
    batch = {"fileId": str(file), "userId": str(owner), "chunks": chunks, "model": "text-embedding-3-small"}
    await learnx.send("embedding_generation", batch)
    await _done(learnx)
    assert [row["chunk_id"] for row in await learnx.rows("SELECT chunk_id FROM file_embeddings")] == [ids[0]]


async def test_a_worker_that_is_killed_leaves_its_message_to_the_next(
    tmp_path: Path, postgres_server: PrivatePostgres
) -> None:
    """kill -9 in the middle: the message comes back, and its file is read whole, once."""
    async with learnx_database(postgres_server.new_database()) as learnx:
        file, owner = await learnx.file(TEXT.encode(), path="cells.md")
        learnx.hang["cells.md"] = asyncio.Event()
        await learnx.send("file_processing", _process(file, owner))
        more = {
            "PGMQ_DATABASE_URL": learnx.url,
            "SUPABASE_URL": learnx.storage,
            "SUPABASE_SERVICE_ROLE_KEY": STORAGE_KEY,
            "BANYAN_PGMQ_VISIBILITY_SECONDS": "3",
        }

        async def asked(times: int) -> bool:
            return len(learnx.asked) == times

        first = working(tmp_path / "first", more=more)
        process = await asyncio.to_thread(first.__enter__)
        await until(lambda: asked(1), 60)
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(first.__exit__, None, None, None)
        assert await learnx.status(file) == "processing"
        learnx.hang["cells.md"].set()
        settings = load_settings(
            data=tmp_path,
            database_url=migrated_sqlite(tmp_path),
            pgmq_database_url=learnx.url,
            supabase_url=learnx.storage,
            supabase_service_role_key=STORAGE_KEY,
            pgmq_visibility_seconds=3,
        )
        async with open_services(settings, ("assistant", "proxy"), frozenset(), ""):
            await until(learnx.is_empty, 60)
        assert (await learnx.status(file), len(learnx.asked)) == ("completed", 2)
        counted = "count(*) = max(chunk_index) + 1 AND count(e.id) = count(*)"
        joined = "file_chunks c LEFT JOIN file_embeddings e ON e.chunk_id = c.id"
        assert await learnx.one(f"SELECT {counted} FROM {joined}")
