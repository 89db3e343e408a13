"""Looks at an answer while it is given: its citations, its marks, what supports it and how much help it is."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from banyan.assistant.domain.checks import Checked, Checks
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.keeping import INSTEAD, Keeping
from banyan.assistant.domain.mark_filter import MarkFilter
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.quoting import narrowed, statements
from banyan.assistant.domain.sessions import Turn
from banyan.assistant.domain.supporting import is_covered, unsupported
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.ports.solution_store import Try
from banyan.assistant.usecases.guard import Guard
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.helping import Events, Helping
from banyan.assistant.usecases.keep_solutions import KeepSolutions, texts_of
from banyan.assistant.usecases.lesson_texts import LessonTexts
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation

_DROPPED = Notice(
    NoticeCode.CITATIONS_DROPPED, "A source has changed while you asked, so it is no longer cited. Ask again to see it."
)
_NOT_COVERED = Notice(
    NoticeCode.NOT_COVERED, "The course does not cover this, so the answer does not rest on it. Ask your teacher."
)
_UNSUPPORTED = Notice(
    NoticeCode.UNSUPPORTED, "Parts of this answer do not stand in the passages that it cites. Check them there."
)
_KEPT = Notice(
    NoticeCode.SOLUTION_KEPT, "Your teacher keeps the solution of this exercise, so part of it was left out."
)


def quotes_only(model: str) -> bool:
    """Whether the model is the built-in tutor, which says nothing of its own."""
    return model.rpartition("/")[2] == "extractive"


@dataclass(frozen=True, slots=True)
class Checking:
    """The use case. solutions: None where no teacher can mark any. help: None where every task is answered."""

    clock: Clock = field(default_factory=SystemClock)
    texts: LessonTexts = field(default_factory=LessonTexts)
    solutions: KeepSolutions | None = None
    help: Helping | None = None

    async def answer(
        self, gateway: ModelGateway, guard: Guard, about: Circumstances, question: Question, turn: Turn
    ) -> AsyncGenerator[AnswerEvent | Notice | Checked, None]:
        """As `guarded_answer`. `Checked` stands right before the end of an answer that came to its end."""
        keeping = Keeping((), question.messages)
        if self.solutions is not None and not about.standing.teaches:
            secrets = await self.solutions.secrets(gateway, question.asker, about.course)
            keeping = Keeping(secrets, question.messages)
            question = replace(question, withhold=texts_of(secrets))
        source: Events = guarded_answer(gateway, guard, about, question)
        if self.help is not None:
            source = await self.help.around(gateway, guard, about, question, source)
        look = _Look(question, keeping)
        checks: Checks | None = None
        async with aclosing(source) as events:
            try:
                async for event in events:
                    match event:
                        case CitationsFound(found, covered):
                            look.offer(await self._holding(gateway, question.asker, found), len(found), covered)
                            yield CitationsFound(look.offered, covered)
                        case TextDelta(text):
                            if kept := look.feed(text):
                                yield TextDelta(kept)
                        case Notice():
                            look.told = True
                            yield event
                        case Checked():
                            checks = event.checks
                        case AnswerDone():
                            if rest := look.end():
                                yield TextDelta(rest)
                            checked, notice = look.result(event, checks)
                            if notice is not None and (not look.told or notice is _KEPT):
                                yield notice
                            await self._note(about, turn, keeping)
                            yield checked
                            yield event
            except Exception:
                if rest := look.end():
                    yield TextDelta(rest)
                raise

    async def _holding(self, gateway: ModelGateway, asker: Identity, found: Sequence[Citation]) -> tuple[Citation, ...]:
        looked = [await self.texts.held(gateway, asker, one) for one in found]
        return tuple(one for one in looked if one is not None)

    async def _note(self, about: Circumstances, turn: Turn, keeping: Keeping) -> None:
        if self.solutions is not None and (keeping.concerned or keeping.withheld):
            one = Try(about.tenant, turn.answer_id, about.course, about.lesson, self.clock.now(), keeping.withheld)
            await self.solutions.tried(one)


class _Look:
    """What has been seen of an answer so far. told: the learner has been told something already."""

    def __init__(self, question: Question, keeping: Keeping) -> None:
        self._question = question
        self._keeping = keeping
        self._marks = MarkFilter()
        self._said: list[str] = []
        self._covered: bool | None = None
        self._dropped = False
        self.offered: tuple[Citation, ...] = ()
        self.told = False

    def offer(self, holding: Sequence[Citation], found: int, covered: bool | None) -> None:
        """What may be cited, of as many as were found."""
        self._dropped = self._dropped or len(holding) < found
        self.offered = tuple(one for one in holding if self._keeping.may_show(one.quote))
        if len(self.offered) < len(holding):
            self._keeping.withheld = True
        self._covered = covered
        self._marks.allow(one.index for one in self.offered)

    def feed(self, text: str) -> str:
        """What may be said now."""
        return self._say(self._keeping.feed(self._marks.feed(text)))

    def end(self) -> str:
        """What is left; where all was kept back, what is said instead."""
        rest = self._say(self._keeping.feed(self._marks.end()) + self._keeping.end())
        if self._keeping.withheld and not "".join(self._said).strip():
            rest = self._say(INSTEAD)
        return rest

    def _say(self, text: str) -> str:
        if text:
            self._said.append(text)
        return text

    def result(self, done: AnswerDone, checks: Checks | None) -> tuple[Checked, Notice | None]:
        """What is known of the whole answer, and what the learner is told about it. checks: of a hint."""
        checked, notice = self._result(done, checks)
        if self._keeping.withheld:
            return checked, _KEPT
        return checked, notice or (_DROPPED if self._dropped else None)

    def _result(self, done: AnswerDone, checks: Checks | None) -> tuple[Checked, Notice | None]:
        answer = "".join(self._said)
        used = cited(self.offered, answer)
        if checks is not None and quotes_only(done.model):
            return Checked(used, checks), None
        if quotes_only(done.model):
            return Checked(used, Checks(covered=self._covered)), _NOT_COVERED if self._covered is False else None
        asked = self._question.messages[-1].content
        hint = None if checks is None else checks.hint
        covered = is_covered(asked, answer, [one.quote for one in used], [one.quote for one in self.offered])
        if hint is not None:  # it says little of what it rests on
            covered = None
        if covered is False:
            return Checked((), Checks(covered=False)), _NOT_COVERED
        sources = [" ".join((one.title, *one.heading, one.quote)) for one in used]
        flags = unsupported(answer, [*sources, asked])
        by_number = statements(answer)
        kept = tuple(narrowed(one, by_number.get(one.index, ())) for one in used)
        return Checked(kept, Checks(flags, covered, hint)), _UNSUPPORTED if flags else None
