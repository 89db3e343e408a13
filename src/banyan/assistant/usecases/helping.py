"""Gives as much help with a task as the teacher allows, one hint after the other."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from banyan.assistant.domain.checks import Checked, Checks, Hint
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.hinting import hint, questions_on, steps_of
from banyan.assistant.domain.instructing import helping
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.policy import HelpLevel
from banyan.assistant.domain.tasks import asks_on, find_same, is_task
from banyan.assistant.ports.ladders import Ladder, Ladders
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.keep_solutions import KeepSolutions
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.kernel.clock import Clock
from banyan.kernel.ids import content_id
from banyan.kernel.messages import Message

Events = AsyncGenerator[AnswerEvent | Notice, None] | AsyncGenerator[AnswerEvent | Notice | Checked, None]
_MOST_TASKS = 50
"""How many of a learner's tasks in a lesson a question is compared with."""


@dataclass(frozen=True, slots=True)
class Helping:
    """The use case. Staff of the course get answers."""

    ladders: Ladders
    texts: LessonTexts
    solutions: KeepSolutions
    clock: Clock

    async def around(
        self, gateway: ModelGateway, guard: Guard, about: Circumstances, question: Question, usual: Events
    ) -> Events:
        """The usual answer, or where the question is about a task, what the level of help makes of it."""
        asked = question.messages[-1].content
        if not _limited(about) or not question.grounded:
            return usual
        ladder = await self._ladder(about, asked)
        if ladder is None:
            return usual
        await usual.aclose()
        of = steps_of(reveals=about.effective.policy.hints_reveal)
        ladder = Ladder(ladder.task, ladder.question, min(ladder.step + 1, of))
        return self._hint(gateway, guard, about, question, ladder, of)

    async def answers(self, about: Circumstances, *asked: str) -> bool:
        """Whether these questions are answered whole: all but tasks are, and tasks where the level of help allows."""
        return not _limited(about) or all([await self._ladder(about, one) is None for one in asked])

    async def _ladder(self, about: Circumstances, asked: str) -> Ladder | None:
        """Where the learner stands with the task; None where the question is about none."""
        known = await self.ladders.of(about.tenant, about.user, about.course, about.lesson, _MOST_TASKS)
        marked = [one for one in await self.solutions.of(about.tenant, about.course) if one.exercise]
        place = None if asks_on(asked) else find_same(asked, [one.exercise for one in marked])
        if place is not None:
            mine = {one.task: one for one in known}
            return mine.get(marked[place].id, Ladder(marked[place].id, asked, 0))
        if not is_task(asked) and not asks_on(asked):
            return None
        same = find_same(asked, [one.question for one in known])
        if same is not None:
            return known[same]
        return Ladder(content_id(asked), asked, 0) if is_task(asked) else None

    async def _hint(
        self,
        gateway: ModelGateway,
        guard: Guard,
        about: Circumstances,
        question: Question,
        ladder: Ladder,
        of: int,
    ) -> Events:
        """One hint. A model's answer is waited for: it may be the built-in tutor's in the end, and that quotes."""
        level = about.effective.policy.help_level
        task = question.messages[-1].content if is_task(question.messages[-1].content) else ladder.question
        told = helping(level, ladder.step, of)
        quoting = question.model.rpartition("/")[2] == "extractive"
        messages = [Message("user", task)] if quoting else question.messages
        question = replace(question, messages=messages, instructions=f"{question.instructions}\n\n{told}".strip())
        found: CitationsFound = CitationsFound(())
        held: list[AnswerEvent | Notice | Checked] = []
        async with aclosing(guarded_answer(gateway, guard, about, question)) as events:
            async for said in events:
                if isinstance(said, CitationsFound):
                    found = said
                held.append(said)
        done = held[-1] if held else None
        if not isinstance(done, AnswerDone):
            for event in held:
                yield event
            return
        await self.ladders.climb(about.tenant, about.user, about.course, about.lesson, ladder, self.clock.now())
        step = Hint(ladder.step, of)
        if done.model.rpartition("/")[2] != "extractive":
            for event in held[:-1]:
                yield event
            yield Checked((), Checks(hint=step))
            yield done
            return
        best = found.citations[0] if found.citations else None
        text = ""
        if best is not None:
            source = await self.texts.get(
                gateway, question.asker, best.course, best.lesson, best.source, version=best.version
            )
            text = "" if source is None else source.text
        if level is HelpLevel.SOCRATIC:
            words, citations = questions_on(task, best, text)
        else:
            words, citations = hint(task, ladder.step, best, text)
        for event in held:
            if isinstance(event, Notice):
                yield event
        yield CitationsFound(citations, best is not None)
        yield TextDelta(words)
        yield Checked(citations, Checks(covered=best is not None, hint=step))
        yield done


def _limited(about: Circumstances) -> bool:
    """Whether this learner gets less than an answer to a task."""
    level = about.effective.policy.help_level
    return not about.standing.teaches and level in (HelpLevel.HINTS, HelpLevel.SOCRATIC)
