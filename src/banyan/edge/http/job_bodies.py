"""What the routes of jobs take and answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from banyan.jobs.domain.job import Estimate, Job, JobState
from banyan.kernel.money import in_dollars


class JobWish(BaseModel):
    """The kind, and beside it whatever the kind takes."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"kind": "rebuild_lesson", "course": "c", "lesson": "l"}]}
    )

    kind: str = Field(max_length=100, description="As docs/how-to/run-jobs.md lists them.")

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the kind takes."""
        return self.model_extra or {}


class EstimateBody(BaseModel):
    """units: pieces of work, such as chunks. seconds: on two processor cores.

    cost: dollars that providers charge; null where nobody can tell before.
    """

    units: int
    seconds: float
    cost: str | None


class JobBody(BaseModel):
    """args: what was ordered, without bulky contents. total: 0 until it is known."""

    id: str
    kind: str
    course: str | None
    state: JobState
    args: dict[str, Any]
    done: int
    total: int
    attempts: int
    error: str | None
    result: dict[str, Any] | None
    estimate: EstimateBody
    by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobsBody(BaseModel):
    """Newest first. has_more: whether `after` with the last one's id finds others."""

    jobs: list[JobBody]
    has_more: bool


def estimate_fields(estimate: Estimate) -> dict[str, Any]:
    """As `EstimateBody`."""
    cost = None if estimate.cost is None else in_dollars(estimate.cost)
    return {"units": estimate.units, "seconds": estimate.seconds, "cost": cost}


def job_fields(job: Job) -> dict[str, Any]:
    """As `JobBody`."""
    return {
        "id": job.id,
        "kind": job.kind,
        "course": job.course or None,
        "state": job.state,
        "args": job.args,
        "done": job.done,
        "total": job.total,
        "attempts": job.attempts,
        "error": job.error,
        "result": job.result,
        "estimate": estimate_fields(job.estimate),
        "by": job.by,
        "created_at": job.created,
        "started_at": job.started,
        "ended_at": job.ended,
    }
