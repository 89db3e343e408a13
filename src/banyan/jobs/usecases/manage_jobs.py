"""Orders jobs, and shows and cancels them, for whoever may."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from banyan.jobs.domain.job import Estimate, Job, JobState
from banyan.jobs.kinds import KINDS
from banyan.jobs.ports.curriculum import Curriculum, LessonFacts
from banyan.jobs.ports.job_store import JobStore
from banyan.jobs.ports.kind import Decide, Kind, Reach
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.kernel.identity import Identity, Role
from banyan.kernel.ids import check_id, new_id

NOBODY_DECIDES: Mapping[str, Decide] = {}
_WHOLE_TENANT = frozenset({Role.ADMIN, Role.SERVICE})
_SEES_ALL = _WHOLE_TENANT | {Role.MODERATOR}
_encode = msgspec.json.Encoder(order="deterministic").encode


class ManageJobs:
    """changed: told when there is something new to do or to stop. decides: for kinds that show something, by kind."""

    def __init__(
        self,
        store: JobStore,
        curriculum: Curriculum,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
        decides: Mapping[str, Decide] = NOBODY_DECIDES,
    ) -> None:
        self._store = store
        self._curriculum = curriculum
        self._clock = clock
        self._changed = changed
        self._decides = decides

    async def submit(self, asker: Identity, kind: str, fields: Mapping[str, Any]) -> Job:
        """The job, queued; or the one that is the same and not over yet.

        Raises: InvalidInput; NotAllowed; NotFound (`unknown_course`, `unknown_lesson`).
        """
        entry, args, facts = await self._ordered(asker, kind, fields)
        whole = msgspec.to_builtins(args)
        hidden = {name: whole.pop(name) for name in entry.bulky if name in whole}
        if entry.reach is Reach.VIEW:
            hidden |= await self._decides[kind](asker, args)
        load = _encode(hidden) if hidden else b""
        return await self._add(asker, kind, entry, whole, load, entry.estimate(args, facts))

    async def estimate(self, asker: Identity, kind: str, fields: Mapping[str, Any]) -> Estimate:
        """What it would take. Raises: as `submit`."""
        entry, args, facts = await self._ordered(asker, kind, fields)
        if entry.reach is Reach.VIEW:
            await self._decides[kind](asker, args)
        return entry.estimate(args, facts)

    async def get(self, asker: Identity, id: str) -> Job:
        """Raises: NotFound, also for what the asker may not see."""
        job = await self._store.get(asker.tenant, id)
        if job is None or not await self._may_see(asker, job):
            raise unknown_job(id)
        return job

    async def page(
        self,
        asker: Identity,
        *,
        course: str | None,
        kind: str | None,
        state: JobState | None,
        limit: int,
        after: str | None,
    ) -> Sequence[Job]:
        """Newest first: of a course for its staff, otherwise one's own, or all for whoever looks after the tenant.

        Raises: NotAllowed.
        """
        by = None
        if course is not None:
            await self._check_teaches(asker, course)
        elif not asker.roles & _SEES_ALL or _narrowed(asker):
            by = asker.user
        return await self._store.page(
            asker.tenant, course=course, by=by, kind=kind, state=state, limit=limit, after=after
        )

    async def cancel(self, asker: Identity, id: str) -> Job:
        """The job, which does no further step. What it has done stays. Raises: NotFound."""
        await self.get(asker, id)
        job = await self._store.cancel(asker.tenant, id, self._clock.now())
        if job is None:
            raise unknown_job(id)
        self._changed()
        return job

    async def _ordered(
        self, asker: Identity, name: str, fields: Mapping[str, Any]
    ) -> tuple[Kind, Any, Sequence[LessonFacts]]:
        kind = self._kind(name)
        try:
            args = msgspec.convert(dict(fields), kind.args)
        except msgspec.ValidationError as error:
            raise InvalidInput(f"A job of kind {name} cannot be read: {error}; correct it.") from error
        course = getattr(args, "course", "")
        for field in ("course", "lesson", "user"):
            if getattr(args, field, ""):
                check_id(getattr(args, field), field)
        own = kind.reach is Reach.PERSON and getattr(args, "user", "") == asker.user
        if kind.reach is Reach.COURSE and course:
            await self._check_teaches(asker, course)
        elif kind.reach is not Reach.VIEW and not own and (not asker.roles & _WHOLE_TENANT or _narrowed(asker)):
            raise NotAllowed(
                "A job for the whole tenant needs the role admin or service; name a course that you teach.",
                param="course",
            )
        if hasattr(args, "model"):
            _check_model(asker, args.model)
        facts = await self._curriculum.lessons(asker, course) if course else ()
        if kind.existing and course:
            _check_existing(course, getattr(args, "lesson", None), facts)
        return kind, args, facts

    def _kind(self, name: str) -> Kind:
        reaches = {one: KINDS[one].reach for one in KINDS}
        offered = [
            one
            for one, reach in reaches.items()
            if reach is not Reach.CLOCK and (reach is not Reach.VIEW or one in self._decides)
        ]
        if name not in offered:
            raise InvalidInput(
                f"There is no kind of job {name[:50]!r} to order; choose one of {', '.join(offered)}.", param="kind"
            )
        return KINDS[name]

    async def _add(
        self, asker: Identity, name: str, kind: Kind, args: Mapping[str, Any], load: bytes, estimate: Estimate
    ) -> Job:
        now = self._clock.now()
        same = [name, args, asker.user] if kind.reach is Reach.VIEW else [name, args]
        digest = hashlib.blake2b(_encode(same) + load, digest_size=16).hexdigest()
        job = Job(
            asker.tenant,
            new_id("job"),
            name,
            args,
            digest,
            asker.user,
            now,
            course=args.get("course", ""),
            about=args.get("user", ""),
            estimate=estimate,
        )
        added = await self._store.add(job, load, now)
        self._changed()
        return added

    async def _check_teaches(self, asker: Identity, course: str) -> None:
        asker.check_course(course)
        if not await self._curriculum.teaches(asker, course):
            raise NotAllowed("Only staff of the course may look after its jobs; ask one of them.", param="course")

    async def _may_see(self, asker: Identity, job: Job) -> bool:
        if job.by == asker.user or job.about == asker.user:
            return True
        if job.course:
            allowed = asker.grant is None or asker.grant.allows_course(job.course)
            return allowed and await self._curriculum.teaches(asker, job.course)
        return bool(asker.roles & _SEES_ALL) and not _narrowed(asker)


def _check_model(asker: Identity, model: str | None) -> None:
    """Jobs run without the key that they were ordered with, so it is asked here. Raises: NotAllowed; InvalidInput."""
    if asker.grant is None or asker.grant.models is None:
        return
    if model is None:
        raise InvalidInput("This key is for certain models only; name the `model` of the job.", param="model")
    if model.rpartition("/")[2] != "extractive":
        asker.check_model(model)


def _check_existing(course: str, lesson: str | None, facts: Sequence[LessonFacts]) -> None:
    if not facts:
        raise NotFound(
            f"There is no course {course!r} here; index it, or choose one from /api/v1/courses.",
            code="unknown_course",
            param="course",
        )
    if lesson is not None and all(one.lesson != lesson for one in facts):
        raise NotFound(
            f"Course {course!r} has no lesson {lesson!r}; index it, or choose one from /api/v1/courses/COURSE/lessons.",
            code="unknown_lesson",
            param="lesson",
        )


def _narrowed(asker: Identity) -> bool:
    return asker.grant is not None and asker.grant.courses is not None


def unknown_job(id: str) -> NotFound:
    """What whoever may not see a job is told, too."""
    return NotFound(f"There is no job {id[:100]!r}; GET /api/v1/jobs lists those there are.", code="unknown_job")
