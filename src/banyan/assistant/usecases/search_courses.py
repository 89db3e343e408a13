"""Finds passages in one course, or in all that somebody may use the tutor in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banyan.assistant.domain.likeness import cosine
from banyan.assistant.domain.notices import Notice
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.read_courses import ReadCourses
from banyan.assistant.usecases.search_course import Refused, SearchCourse
from banyan.kernel.errors import NotAllowed, NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

MOST_COURSES = 50


@dataclass(frozen=True, slots=True)
class SearchCourses:
    """The use case; every course goes through the door, the guardrails and the exam lock of `SearchCourse`."""

    gateway: ModelGateway
    search: SearchCourse
    read: ReadCourses

    async def __call__(
        self, asker: Identity, query: str, *, course: str | None, lesson: str | None, limit: int, by_meaning: bool
    ) -> tuple[Sequence[Citation], Notice | None]:
        """Up to `limit` passages, best first; and why nothing was looked for, where that is so everywhere.

        by_meaning: scored by the cosine of query and passage, as it is without a course.
        Raises: InvalidInput; for the one course that is named also NotFound, NotAllowed; Unavailable.
        """
        courses = [course] if course is not None else (await self.read.courses(asker))[:MOST_COURSES]
        passages: list[Citation] = []
        notices: list[Notice] = []
        for one in courses:
            try:
                found = await self.search(asker, one, lesson, query, limit)
            except (NotAllowed, NotFound):
                if course is not None:
                    raise
                continue
            if isinstance(found, Refused):
                notices.append(found.notice)
            else:
                passages += found
        if by_meaning or course is None:
            passages = await self._by_meaning(asker, query, passages)
        numbered = [replace(one, index=index) for index, one in enumerate(passages[:limit], 1)]
        return numbered, notices[0] if notices and not passages else None

    async def _by_meaning(self, asker: Identity, query: str, passages: Sequence[Citation]) -> list[Citation]:
        if not passages:
            return []
        wanted, *vectors = await self.gateway.embed(asker, [query, *(one.quote for one in passages)])
        scored = [replace(one, score=cosine(wanted, vector)) for one, vector in zip(passages, vectors, strict=True)]
        return sorted(scored, key=lambda one: -one.score)
