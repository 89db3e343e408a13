"""Hands out what a job has written."""

from dataclasses import dataclass

from banyan.jobs.domain.job import OPEN
from banyan.jobs.ports.curriculum import Curriculum
from banyan.jobs.ports.file_store import JobFile, JobFiles
from banyan.jobs.usecases.manage_jobs import ManageJobs, unknown_job
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, NotAllowed, NotFound
from banyan.kernel.identity import EVERYWHERE, Identity, Role

_ADMINS = frozenset({Role.ADMIN, Role.SERVICE})


@dataclass(frozen=True, slots=True)
class FetchFile:
    """The use case, for whoever ordered the job, and for admins."""

    manage: ManageJobs
    files: JobFiles
    curriculum: Curriculum
    clock: Clock

    async def __call__(self, asker: Identity, id: str) -> JobFile:
        """What was decided when it was ordered holds, and what the asker may see now: the narrower of the two.

        Raises: NotFound (`unknown_job`, `unknown_file`); Conflict (`job_not_over`); NotAllowed.
        """
        file = await self.files.get(asker.tenant, id, self.clock.now())
        if file is None:
            job = await self.manage.get(asker, id)
            if job.state in OPEN:
                raise Conflict("The job is not over yet; look at it again until it is.", code="job_not_over")
            raise NotFound(
                "The job has no table, or not any more: tables are kept for seven days; order the report again.",
                code="unknown_file",
            )
        if file.by != asker.user and not asker.roles & _ADMINS:
            raise unknown_job(id)  # whoever may not have it learns nothing of whether it is there
        await self._check_now(asker, file)
        return file

    async def _check_now(self, asker: Identity, file: JobFile) -> None:
        if file.private and not asker.roles & _ADMINS:
            raise NotAllowed("The table was written for an admin; order the report again.")
        granted = None if asker.grant is None else asker.grant.courses
        if file.courses is None:
            if granted is not None or not asker.roles & EVERYWHERE:
                raise NotAllowed("The table is about all courses, and you or this key see some; name one in an order.")
            return
        for course in file.courses:
            asker.check_course(course)
            if not asker.roles & EVERYWHERE and not await self.curriculum.teaches(asker, course):
                raise NotAllowed("Only staff of the course may have its tables; ask one of them.", param="course")
