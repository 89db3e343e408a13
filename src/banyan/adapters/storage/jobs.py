"""Jobs in SQL, and the leases by which processes share them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, tuple_, update

from banyan.adapters.storage.engine import Database, lock
from banyan.adapters.storage.job_tables import jobs
from banyan.jobs.domain.job import OPEN, Estimate, Job, JobState
from banyan.jobs.ports.job_store import Claimed

_SHOWN = (
    jobs.c.tenant,
    jobs.c.id,
    jobs.c.kind,
    jobs.c.args_json,
    jobs.c.key,
    jobs.c.by,
    jobs.c.created,
    jobs.c.course,
    jobs.c.about,
    jobs.c.state,
    jobs.c.done,
    jobs.c.total,
    jobs.c.attempts,
    jobs.c.error,
    jobs.c.result_json,
    jobs.c.estimate_json,
    jobs.c.started,
    jobs.c.ended,
)
_OPEN = tuple(sorted(OPEN))
_FREE: dict[str, Any] = {"holder": None, "lease": None}


class SqlJobs:
    """Implements `JobStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job, load: bytes, not_before: datetime) -> Job:
        """As the port says."""
        return await self._database.write(_add, job, load, not_before)

    async def schedule(self, job: Job, every: float) -> bool:
        """Reads first: most of the time none is due."""
        if not await self._database.read(_is_due, job, every):
            return False
        return await self._database.write(_schedule, job, every)

    async def get(self, tenant: str, id: str) -> Job | None:
        """As the port says."""
        return await self._database.read(_get, tenant, id)

    async def page(
        self,
        tenant: str,
        *,
        limit: int,
        course: str | None = None,
        by: str | None = None,
        kind: str | None = None,
        state: JobState | None = None,
        after: str | None = None,
    ) -> Sequence[Job]:
        """As the port says; ids sort by birth."""
        wanted = {"course": course, "by": by, "kind": kind, "state": state}
        return await self._database.read(_page, tenant, wanted, limit, after)

    async def cancel(self, tenant: str, id: str, now: datetime) -> Job | None:
        """As the port says."""
        return await self._database.write(_cancel, tenant, id, now)

    async def claim(self, holder: str, kinds: Collection[str], now: datetime, until: datetime) -> Claimed | None:
        """Reads first: most of the time there is nothing to claim."""
        if not await self._database.read(_claimable, kinds, now):
            return None
        return await self._database.write(_claim, holder, kinds, now, until)

    async def renew(self, holder: str, jobs: Collection[tuple[str, str]], until: datetime) -> set[tuple[str, str]]:
        """As the port says."""
        return await self._database.write(_renew, holder, jobs, until)

    async def note(
        self, holder: str, job: Job, done: int, total: int, checkpoint: Mapping[str, Any], until: datetime
    ) -> bool:
        """As the port says."""
        values = {"done": done, "total": total, "checkpoint_json": _text(checkpoint), "lease": until}
        return await self._database.write(_change, holder, job, values)

    async def postpone(self, holder: str, job: Job, not_before: datetime, error: str | None, *, counts: bool) -> None:
        """As the port says."""
        attempts = job.attempts if counts else job.attempts - 1
        values = {**_FREE, "state": JobState.QUEUED.value, "not_before": not_before, "attempts": attempts}
        await self._database.write(_change, holder, job, {**values, "error": error})

    async def finish(
        self, holder: str, job: Job, state: JobState, now: datetime, *, result: Mapping[str, Any], error: str | None
    ) -> bool:
        """As the port says."""
        values = {"result_json": _text(result) if state is JobState.COMPLETE else None, "error": error}
        return await self._database.write(_change, holder, job, {**_over(state, now), **values})

    async def recover(self, kinds: Collection[str]) -> None:
        """As the port says."""
        await self._database.write(_recover, kinds)

    async def trim(self, before: datetime) -> int:
        """As the port says."""
        return await self._database.write(_trim, before)


def _add(connection: Connection, job: Job, load: bytes, not_before: datetime) -> Job:
    lock(connection, "jobs", job.tenant, job.key)
    same = select(*_SHOWN).where(jobs.c.tenant == job.tenant, jobs.c.open_key == job.key)
    found = connection.execute(same).first()
    if found is not None:
        return _job(found)
    connection.execute(insert(jobs).values(_values(job, load, not_before)))
    return job


def _is_due(connection: Connection, job: Job, every: float) -> bool:
    mine = (jobs.c.tenant == job.tenant, jobs.c.kind == job.kind)
    recent = or_(jobs.c.created > job.created - timedelta(seconds=every), jobs.c.open_key.is_not(None))
    return connection.execute(select(jobs.c.id).where(*mine, recent).limit(1)).first() is None


def _schedule(connection: Connection, job: Job, every: float) -> bool:
    lock(connection, "jobs", job.tenant, job.key)
    if not _is_due(connection, job, every):
        return False
    mine = (jobs.c.tenant == job.tenant, jobs.c.kind == job.kind)
    connection.execute(delete(jobs).where(*mine, jobs.c.state == JobState.COMPLETE.value))
    connection.execute(insert(jobs).values(_values(job, b"", job.created)))
    return True


def _get(connection: Connection, tenant: str, id: str) -> Job | None:
    row = connection.execute(select(*_SHOWN).where(jobs.c.tenant == tenant, jobs.c.id == id)).first()
    return None if row is None else _job(row)


def _page(
    connection: Connection, tenant: str, wanted: Mapping[str, str | None], limit: int, after: str | None
) -> list[Job]:
    query = select(*_SHOWN).where(jobs.c.tenant == tenant)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(jobs.c[name] == value)
    if after is not None:
        query = query.where(jobs.c.id < after)
    return [_job(row) for row in connection.execute(query.order_by(jobs.c.id.desc()).limit(limit))]


def _cancel(connection: Connection, tenant: str, id: str, now: datetime) -> Job | None:
    mine = (jobs.c.tenant == tenant, jobs.c.id == id)
    connection.execute(update(jobs).where(*mine, jobs.c.state.in_(_OPEN)).values(_over(JobState.CANCELLED, now)))
    return _get(connection, tenant, id)


def _waiting(kinds: Collection[str], now: datetime) -> Any:
    queued = and_(jobs.c.state == JobState.QUEUED.value, jobs.c.not_before <= now)
    left = and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease <= now)
    return and_(jobs.c.kind.in_(sorted(kinds)), or_(queued, left))


def _claimable(connection: Connection, kinds: Collection[str], now: datetime) -> bool:
    return connection.execute(select(jobs.c.id).where(_waiting(kinds, now)).limit(1)).first() is not None


def _claim(
    connection: Connection, holder: str, kinds: Collection[str], now: datetime, until: datetime
) -> Claimed | None:
    columns = (*_SHOWN, jobs.c.load_json, jobs.c.checkpoint_json)
    query = select(*columns).where(_waiting(kinds, now)).order_by(jobs.c.not_before, jobs.c.id).limit(1)
    row = connection.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    *shown, load, checkpoint = row
    fields = dict(zip((column.name for column in _SHOWN), shown, strict=True))
    values = {
        "state": JobState.RUNNING.value,
        "attempts": fields["attempts"] + 1,
        "started": fields["started"] or now,
        "error": None,
    }
    mine = (jobs.c.tenant == fields["tenant"], jobs.c.id == fields["id"])
    connection.execute(update(jobs).where(*mine).values(holder=holder, lease=until, **values))
    return Claimed(_job_of({**fields, **values}), load or b"", msgspec.json.decode(checkpoint))


def _renew(
    connection: Connection, holder: str, keys: Collection[tuple[str, str]], until: datetime
) -> set[tuple[str, str]]:
    mine = (
        tuple_(jobs.c.tenant, jobs.c.id).in_(sorted(keys)),
        jobs.c.holder == holder,
        jobs.c.state == JobState.RUNNING.value,
    )
    connection.execute(update(jobs).where(*mine).values(lease=until))
    return {(tenant, id) for tenant, id in connection.execute(select(jobs.c.tenant, jobs.c.id).where(*mine))}


def _change(connection: Connection, holder: str, job: Job, values: Mapping[str, Any]) -> bool:
    mine = (jobs.c.tenant == job.tenant, jobs.c.id == job.id, jobs.c.holder == holder)
    running = jobs.c.state == JobState.RUNNING.value
    return connection.execute(update(jobs).where(*mine, running).values(values)).rowcount == 1


def _recover(connection: Connection, kinds: Collection[str]) -> None:
    dead = and_(jobs.c.kind.in_(sorted(kinds)), jobs.c.state == JobState.RUNNING.value)
    connection.execute(update(jobs).where(dead).values(state=JobState.QUEUED.value, **_FREE))


def _trim(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(jobs).where(jobs.c.ended < before)).rowcount


def _over(state: JobState, now: datetime) -> dict[str, Any]:
    dropped = {"open_key": None, "load_json": None, "checkpoint_json": "{}"}
    return {**_FREE, **dropped, "state": state.value, "ended": now}


def _values(job: Job, load: bytes, not_before: datetime) -> dict[str, Any]:
    return {
        "tenant": job.tenant,
        "id": job.id,
        "kind": job.kind,
        "course": job.course,
        "about": job.about,
        "by": job.by,
        "key": job.key,
        "open_key": job.key,
        "args_json": _text(job.args),
        "load_json": load or None,
        "estimate_json": _text(msgspec.to_builtins(job.estimate)),
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "attempts": job.attempts,
        "checkpoint_json": "{}",
        "not_before": not_before,
        "created": job.created,
    }


def _job(row: Row[*tuple[Any, ...]]) -> Job:
    return _job_of(dict(row._mapping))


def _job_of(fields: dict[str, Any]) -> Job:
    decode = msgspec.json.decode
    result, estimate = fields.pop("result_json"), decode(fields.pop("estimate_json"), type=Estimate)
    args = decode(fields.pop("args_json"))
    state = JobState(fields.pop("state"))
    return Job(**fields, args=args, state=state, estimate=estimate, result=None if result is None else decode(result))


def _text(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
