"""Makes study material of a lesson, out of what is indexed of it."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256

from cachetools import LRUCache

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

_REMEMBERED = 32
"""Studies; each takes some hundred kilobytes. Who wants a quiz of a text wants its cards and its summary next."""


class Study:
    """The use case. What a text gives is remembered for as long as the text stays the same."""

    def __init__(self, knowledge: Knowledge, browse: Browse) -> None:
        self._knowledge = knowledge
        self._browse = browse
        self._known: LRUCache[Hashable, StudyMaterial] = LRUCache(_REMEMBERED)

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
        key = (tenant, course, lesson, *(_state(one) for one in (*passages, *beside)))
        return await self._remembered(key, lambda: study_material(passages, beside))

    async def of_text(self, tenant: str, parts: Sequence[Brought], title: str = "") -> StudyMaterial:
        """Of a text that a caller brought; nothing is stored."""
        key = (tenant, title, *((one.id, sha256(one.text.encode("utf-8", "replace")).digest()) for one in parts))
        return await self._remembered(key, lambda: study_material(passages_of(parts, title), title=title))

    async def _remembered(self, key: Hashable, make: Callable[[], StudyMaterial]) -> StudyMaterial:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = await asyncio.to_thread(make)
        return found

    async def _open(self, scope: Scope) -> Sequence[Passage]:
        """What learners may see of it."""
        passages = [one for one in await self._knowledge.lesson(scope) if one.source_type != _FOR_TEACHERS]
        return [one for one in passages if one.source == LESSON_SOURCE] or passages

    async def _neighbours(self, tenant: str, course: str, lesson: str) -> list[str]:
        lines = list(await self._browse.lessons(tenant, course, for_learners=True))
        place = next((i for i, line in enumerate(lines) if line.lesson == lesson), 0)
        nearest = sorted(range(len(lines)), key=lambda i: (lines[i].chapter != lines[place].chapter, abs(i - place)))
        return [lines[i].lesson for i in nearest if i != place][:_NEIGHBOURS]


def _state(passage: Passage) -> Hashable:
    """Equal while what is made of the passage stays the same; the chunk's id follows from its text and headings."""
    embedded = all(one.vector is not None for one in passage.sentences)
    return passage.chunk_id, passage.version, passage.title, embedded
