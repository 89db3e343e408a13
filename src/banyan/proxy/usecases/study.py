"""Makes study material of a lesson, out of what is indexed of it."""

import asyncio
from collections.abc import Sequence

from banyan.kernel.errors import NotFound
from banyan.proxy.domain.brought import Brought, passages_of
from banyan.proxy.domain.knowledge import LESSON_SOURCE, Passage, Scope
from banyan.proxy.domain.tutor.study import study_material
from banyan.proxy.domain.tutor.study_forms import StudyMaterial
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.usecases.browse import Browse

_NEIGHBOURS = 4
"""Lessons whose terms serve as wrong answers beside those of the lesson itself."""

_FOR_TEACHERS = "instructor"
"""A type of sources of which nothing is made, also where nobody has marked them as for staff alone."""


class Study:
    """The use case."""

    def __init__(self, knowledge: Knowledge, browse: Browse) -> None:
        self._knowledge = knowledge
        self._browse = browse

    async def __call__(self, tenant: str, course: str, lesson: str) -> StudyMaterial:
        """Of the lesson's own body; where it has none, of its other sources that learners may see. Raises: NotFound."""
        passages = await self._open(Scope(tenant, course, lesson, for_learners=True))
        if not passages:
            raise NotFound(
                f"Nothing is indexed of lesson {lesson!r} in course {course!r}; index it first.",
                code="unknown_lesson",
                param="lesson",
            )
        beside: list[Passage] = []
        for neighbour in await self._neighbours(tenant, course, lesson):
            beside += await self._open(Scope(tenant, course, neighbour, for_learners=True))
        return await asyncio.to_thread(study_material, passages, beside)

    async def of_text(self, parts: Sequence[Brought], title: str = "") -> StudyMaterial:
        """Of a text that a caller brought; nothing is stored."""
        return await asyncio.to_thread(lambda: study_material(passages_of(parts, title), title=title))

    async def _open(self, scope: Scope) -> Sequence[Passage]:
        """What learners may see of it."""
        passages = [one for one in await self._knowledge.lesson(scope) if one.source_type != _FOR_TEACHERS]
        return [one for one in passages if one.source == LESSON_SOURCE] or passages

    async def _neighbours(self, tenant: str, course: str, lesson: str) -> list[str]:
        lines = list(await self._browse.lessons(tenant, course, for_learners=True))
        place = next((i for i, line in enumerate(lines) if line.lesson == lesson), 0)
        nearest = sorted(range(len(lines)), key=lambda i: (lines[i].chapter != lines[place].chapter, abs(i - place)))
        return [lines[i].lesson for i in nearest if i != place][:_NEIGHBOURS]
