"""A piece of work that outlives the request and the process that it began in."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from banyan.kernel.money import NOTHING, Money

INSTALLATION = ""
"""The tenant of jobs that are about the whole installation; nobody's list shows them."""


class JobState(StrEnum):
    """queued: nobody has it, for the first time or again. The last three are for good."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = frozenset({JobState.QUEUED, JobState.RUNNING})


class Estimate(Struct, frozen=True):
    """What it will take. units: pieces of work, such as chunks. seconds: on two processor cores.

    cost: what providers charge; nothing where the built-in models do the work, None where nobody can tell.
    """

    units: int = 0
    seconds: float = 0
    cost: Money | None = NOTHING


class Job(Struct, frozen=True):
    """One job as it stands.

    course: "" where it is about none. about: the person whose data it is about, "" for nobody.
    args: without secrets and without bulky contents. key: equal for jobs that are one.
    done, total: units; total is 0 until it is known. attempts: how often somebody took it up.
    error: why it failed, or why the last attempt did. by: the user who wanted it.
    """

    tenant: str
    id: str
    kind: str
    args: Mapping[str, Any]
    key: str
    by: str
    created: datetime
    course: str = ""
    about: str = ""
    state: JobState = JobState.QUEUED
    done: int = 0
    total: int = 0
    attempts: int = 0
    error: str | None = None
    result: Mapping[str, Any] | None = None
    estimate: Estimate = Estimate()
    started: datetime | None = None
    ended: datetime | None = None


class Stopped(Exception):
    """The job is no longer ours to work on: it was cancelled, or another process has it."""
