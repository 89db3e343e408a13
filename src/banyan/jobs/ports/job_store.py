"""The port to the table of jobs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.domain.job import Job, JobState


class Claimed(Struct, frozen=True):
    """A job that this process has, with what only its work needs. load: bulky arguments as JSON, empty for none.

    checkpoint: what the last attempt noted; empty in the first.
    """

    job: Job
    load: bytes
    checkpoint: Mapping[str, Any]


class JobStore(Protocol):
    """Jobs and the leases by which processes share them. Each call is one transaction, on disk when it returns.

    What names a holder changes nothing where another one has the job by now.
    """

    async def add(self, job: Job, load: bytes, not_before: datetime) -> Job:
        """The job, or the one with the same tenant and key that is not over yet."""
        ...

    async def schedule(self, job: Job, every: float) -> bool:
        """Adds it where the last one of its kind in the tenant was created `every` seconds ago, or more, and is over.

        Earlier ones that are complete are forgotten then.
        """
        ...

    async def get(self, tenant: str, id: str) -> Job | None:
        """One job."""
        ...

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
        """Newest first. after: the id that the last page ended with."""
        ...

    async def cancel(self, tenant: str, id: str, now: datetime) -> Job | None:
        """The job, which is cancelled unless it was over; None where there is none."""
        ...

    async def claim(self, holder: str, kinds: Collection[str], now: datetime, until: datetime) -> Claimed | None:
        """The job of these kinds that has waited longest: queued, or its holder's lease has run out."""
        ...

    async def renew(self, holder: str, jobs: Collection[tuple[str, str]], until: datetime) -> set[tuple[str, str]]:
        """Keeps the jobs, by tenant and id, and returns those that are still running and the holder's."""
        ...

    async def note(
        self, holder: str, job: Job, done: int, total: int, checkpoint: Mapping[str, Any], until: datetime
    ) -> bool:
        """Writes down how far it is. False where it is not the holder's any more."""
        ...

    async def postpone(self, holder: str, job: Job, not_before: datetime, error: str | None, *, counts: bool) -> None:
        """Puts it back. counts: False where it was no real attempt."""
        ...

    async def finish(
        self, holder: str, job: Job, state: JobState, now: datetime, *, result: Mapping[str, Any], error: str | None
    ) -> bool:
        """Ends it; its load and checkpoint are dropped."""
        ...

    async def recover(self, kinds: Collection[str]) -> None:
        """Puts back what the dead hold of these kinds; for whoever is known to be alone."""
        ...

    async def trim(self, before: datetime) -> int:
        """Forgets jobs that ended before; says how many."""
        ...
