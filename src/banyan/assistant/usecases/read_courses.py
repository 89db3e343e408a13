"""Shows courses and lessons to whoever may read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banyan.assistant.ports.model_gateway import LessonSummary, LessonText, ModelGateway
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity


@dataclass(frozen=True, slots=True)
class ReadCourses:
    """The use case."""

    gateway: ModelGateway
    admit: Admit
    keep: KeepSolutions

    async def courses(self, asker: Identity) -> list[str]:
        """Ids of the courses that the caller's key is for and that have anything indexed, sorted."""
        grant = asker.grant
        return [one for one in await self.gateway.courses(asker) if grant is None or grant.allows_course(one)]

    async def open_courses(self, asker: Identity) -> list[str]:
        """The same without those in which the caller is in an exam. Raises: Unavailable."""
        return [one for one in await self.courses(asker) if not await self.admit.is_closed(asker, one)]

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonSummary]:
        """In course order. Raises: NotFound (`unknown_course`); NotAllowed; Unavailable."""
        reader = await self.admit.reader(asker, course)
        found = await self.gateway.lessons(reader, course)
        if not found:
            raise NotFound(
                f"There is no course {course!r} here; choose one from /api/v1/courses.",
                code="unknown_course",
                param="course",
            )
        return found

    async def lesson(self, asker: Identity, course: str, lesson: str) -> LessonText:
        """Learners see it without solutions that are kept from them. Raises: as `lessons`."""
        reader = await self.admit.reader(asker, course, lesson)
        found = await self.gateway.lesson(reader, course, lesson)
        if reader.is_staff:
            return found
        return replace(found, text=await self.keep.shown(asker.tenant, course, found.text))
