"""Marks what learners of a lesson must not be given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from banyan.assistant.domain.question import clean_text
from banyan.assistant.domain.solutions import LONGEST, MOST, Solution
from banyan.assistant.ports.model_gateway import LessonText, ModelGateway
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.solution_store import SolutionStore
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Marked:
    """As a teacher gives it: the text, or where it stands in the lesson's text."""

    text: str = ""
    start: int | None = None
    end: int | None = None
    exercise: str = ""


@dataclass(frozen=True, slots=True)
class MarkSolutions:
    """The use case, for the staff of the course."""

    store: SolutionStore
    keep: KeepSolutions
    gateway: ModelGateway
    platform: LearningPlatform
    clock: Clock

    async def put(self, asker: Identity, course: str, lesson: str, marked: Sequence[Marked]) -> Sequence[Solution]:
        """Makes these the lesson's solutions, in force at once. Raises: NotAllowed, NotFound, InvalidInput."""
        await require_staff(self.platform, asker, course)
        text = await self.gateway.lesson(asker, course, lesson)
        if len(marked) > MOST:
            raise InvalidInput(f"A lesson can have {MOST} solutions; mark fewer.", param="solutions")
        made = [self._solution(asker, course, lesson, one, text) for one in marked]
        await self.store.put(asker.tenant, course, lesson, made)
        self.keep.forget()
        return made

    async def show(self, asker: Identity, course: str, lesson: str) -> Sequence[Solution]:
        """The lesson's solutions. Raises: NotAllowed."""
        await require_staff(self.platform, asker, course)
        return [one for one in await self.keep.of(asker.tenant, course) if one.lesson == lesson]

    async def clear(self, asker: Identity, course: str, lesson: str) -> None:
        """Keeps nothing of the lesson any more. Raises: NotAllowed."""
        await require_staff(self.platform, asker, course)
        await self.store.put(asker.tenant, course, lesson, ())
        self.keep.forget()

    def _solution(self, asker: Identity, course: str, lesson: str, one: Marked, text: LessonText) -> Solution:
        start, end, words = one.start, one.end, clean_text(one.text).strip()
        if start is not None and end is not None:
            if not 0 <= start < end <= len(text.text):
                raise InvalidInput(f"A span must lie within the lesson's {len(text.text)} characters; correct it.")
            if words and words != text.text[start:end].strip():
                raise InvalidInput("The text does not stand at this span of the lesson; leave one of the two out.")
            words = text.text[start:end].strip()
        elif start is not None or end is not None:
            raise InvalidInput("A span has a start and an end; send both, or the text alone.", param="solutions")
        elif (found := re.search(r"\s+".join(map(re.escape, words.split())), text.text)) is not None and words:
            start, end = found.span()
        if not words or len(words) > LONGEST:
            raise InvalidInput(f"A solution has 1 to {LONGEST} characters; correct it.", param="solutions")
        exercise = clean_text(one.exercise).strip()
        at, by = self.clock.now(), asker.user
        return Solution(asker.tenant, new_id("sol"), course, lesson, words, exercise, by, at, start, end)
