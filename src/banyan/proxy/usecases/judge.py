"""Says whether a course covers a question, without answering it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from banyan.kernel.messages import Message
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.tutor.judging import Judging, LanguageOf, judged
from banyan.proxy.domain.tutor.tutor import Material, ReadLesson, Search
from banyan.proxy.ports.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Judge:
    """The use case. language_of: names the language of a text."""

    knowledge: Knowledge
    language_of: LanguageOf

    async def __call__(self, scope: Scope, messages: Sequence[Message]) -> bool | None:
        """scope: with the open lesson. None where nobody can tell, as of a course of which nothing is indexed."""
        course = scope.whole_course
        steps = judged(messages, scope.lesson, self.language_of)
        material: Material | None = None
        while True:
            step = await asyncio.to_thread(_advance, steps, material)
            if step is False and not await self.knowledge.knows(course):
                return None
            if step is None or isinstance(step, bool):
                return step
            if isinstance(step, ReadLesson):
                material = Material(tuple(await self.knowledge.lesson(replace(course, lesson=step.lesson))))
                continue
            beside = None if step.lesson is None else (replace(course, lesson=step.lesson), step.lesson_limit)
            found = await self.knowledge.search(
                course, step.query, limit=step.limit, with_sentences=True, beside=beside
            )
            material = Material(found.passages, found.question)


def _advance(steps: Judging, material: Material | None) -> Search | ReadLesson | bool | None:
    try:
        return next(steps) if material is None else steps.send(material)
    except StopIteration as end:
        covered: bool | None = end.value
        return covered
