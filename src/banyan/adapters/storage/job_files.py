"""What jobs have written, in SQL."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, and_, delete, insert, select

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.job_tables import job_files, jobs
from banyan.jobs.domain.job import JobState
from banyan.jobs.ports.file_store import MOST_FILES, JobFile


class SqlJobFiles:
    """Implements `JobFiles`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, file: JobFile) -> None:
        """As the port says."""
        await self._database.write(_keep, file)

    async def get(self, tenant: str, job: str, now: datetime) -> JobFile | None:
        """As the port says."""
        return await self._database.read(_get, tenant, job, now)


def _keep(connection: Connection, file: JobFile) -> None:
    lock(connection, "job_files", file.tenant, file.by)
    # Whoever erases a person deletes jobs first and files then, so that none is left behind by a job under way.
    job = select(jobs.c.state).where(jobs.c.tenant == file.tenant, jobs.c.id == file.job).with_for_update()
    if connection.execute(job).scalar_one_or_none() != JobState.RUNNING:
        return
    columns = job_files.c
    connection.execute(delete(job_files).where(columns.tenant == file.tenant, columns.job == file.job))
    mine = and_(columns.tenant == file.tenant, columns.by == file.by)
    newest = select(columns.job).where(mine).order_by(columns.created.desc(), columns.job.desc())
    kept = connection.execute(newest.limit(MOST_FILES - 1)).scalars().all()
    connection.execute(delete(job_files).where(mine, columns.job.not_in(kept)))
    values = {
        "tenant": file.tenant,
        "job": file.job,
        "by": file.by,
        "name": file.name,
        "content": file.content,
        "created": file.created,
        "expires": file.expires,
        "courses_json": msgspec.json.encode(file.courses).decode(),
        "private": file.private,
    }
    connection.execute(insert(job_files).values(values))


def _get(connection: Connection, tenant: str, job: str, now: datetime) -> JobFile | None:
    columns = job_files.c
    query = select(job_files).where(columns.tenant == tenant, columns.job == job, columns.expires > now)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    fields = dict(row._mapping)
    courses = msgspec.json.decode(fields.pop("courses_json"), type=tuple[str, ...] | None)
    return JobFile(**fields, courses=courses)
