"""Wires the work on LEARN-X's queues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from banyan.adapters.queues.learnx_tables import LearnxTables
from banyan.adapters.queues.pgmq import PgmqQueue
from banyan.adapters.queues.pool import Pool
from banyan.adapters.queues.storage import SupabaseStorage
from banyan.app.keys import secret
from banyan.app.settings import Settings
from banyan.assistant.content import CONTENT
from banyan.assistant.domain.queue_messages import ContentJob, FileJob, QueueJob
from banyan.assistant.ports.course_files import CourseFiles
from banyan.assistant.ports.lesson_index import LessonIndex
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.embed_course_chunks import EmbedCourseChunks
from banyan.assistant.usecases.fill_generation_job import FillGenerationJob, Generate
from banyan.assistant.usecases.process_course_file import ProcessCourseFile
from banyan.assistant.usecases.read_document import ReadDocument
from banyan.assistant.usecases.work_queues import QueuePace, Workers, WorkQueues
from banyan.edge.http.health import Finding, Probe
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import DEFAULT_TENANT

_READERS = {
    "file_processing": (2, 1),
    "embeddings": (1, 50),
    "embedding_generation": (1, 10),
    "content_generation": (2, 1),
}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Says in the rows that people look at why a job was given up."""

    files: CourseFiles

    async def gave_up(self, job: QueueJob, reason: str) -> None:
        if isinstance(job, FileJob):
            await self.files.fail(job.file, reason)
        elif isinstance(job, ContentJob):
            await self.files.fail_job(job.job, reason)


@asynccontextmanager
async def open_queues(
    settings: Settings, gateway: ModelGateway, index: LessonIndex, generate: Generate
) -> AsyncIterator[WorkQueues]:
    """Works on them while the block runs."""
    assert settings.pgmq_database_url is not None
    pool = Pool(settings.pgmq_database_url.get_secret_value())
    storage = SupabaseStorage(settings.supabase_url, secret(settings.supabase_service_role_key), _largest(settings))
    tables, tenant = LearnxTables(pool), DEFAULT_TENANT
    files = ProcessCourseFile(tables, storage, ReadDocument(index, _largest(settings)), SystemClock(), tenant)
    content = FillGenerationJob(tables, generate, frozenset(CONTENT.names), tenant)
    embed = EmbedCourseChunks(tables, gateway, tenant, settings.pgmq_embedding_model)
    workers = Workers(files, content, embed, _Rows(tables).gave_up)
    queues = WorkQueues(PgmqQueue(pool), workers, QueuePace(_READERS, settings.pgmq_visibility_seconds))
    try:
        async with queues.running():
            yield queues
    finally:
        await storage.close()
        await pool.close()


def queues_probe(queues: WorkQueues) -> Probe:
    """Whether they are worked on."""

    async def look() -> Finding:
        return Finding("degraded", f"LEARN-X's queues stand still: {queues.fault}") if queues.fault else Finding("ok")

    return look


def _largest(settings: Settings) -> int:
    return settings.max_file_size_mb << 20
