"""Looks at an answer while it is given: its citations, its marks, what supports it and how much help it is."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from msgspec import structs

from banyan.assistant.domain.checks import Checked, Checks
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.guarding import Stage
from banyan.assistant.domain.keeping import INSTEAD, Keeping
from banyan.assistant.domain.leaks import gives_away
from banyan.assistant.domain.mark_filter import MarkFilter
from banyan.assistant.domain.notice_words import spoken
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import OffTopic
from banyan.assistant.domain.quotas import EXTRACTIVE
from banyan.assistant.domain.quoting import narrowed, statements
from banyan.assistant.domain.sessions import Turn
from banyan.assistant.domain.supporting import is_covered, unsupported
from banyan.assistant.guardrails.off_topic import NAME as OFF_TOPIC
from banyan.assistant.ports.known_answers import KnownAnswer
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
from banyan.assistant.usecases.guarded_answer import WITHHELD, guarded_answer
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
        if not quotes_only(question.model):  # the tutor says by itself what the course has nothing on
            refused = await self._refused(gateway, guard, about, question)
            for one in refused:
                yield one
            if refused:
                return
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
                            refused = await self._refused(gateway, guard, about, question) if covered is False else ()
                            for one in refused:
                                yield one
                            if refused:
                                return
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
                            if notice is _NOT_COVERED:
                                notice = self._not_covered(guard, about, question)
                            if notice is not None and (not look.told or notice is _KEPT):
                                yield notice
                            await self._note(about, turn, keeping)
                            yield checked
                            yield event
            except Exception:
                if rest := look.end():
                    yield TextDelta(rest)
                raise

    async def may_say(self, gateway: ModelGateway, about: Circumstances, asked: str, known: KnownAnswer) -> bool:
        """Whether an answer that was written earlier gives no kept solution away, and no more help than is allowed.

        Raises: Unavailable.
        """
        if self.help is not None and not await self.help.answers(about, asked, known.question):
            return False
        if self.solutions is None or about.standing.teaches:
            return True
        secrets = await self.solutions.secrets(gateway, about.standing.reader, about.course)
        return not any(gives_away(one, known.answer, questions=[asked]) for one in secrets)

    async def _refused(
        self, gateway: ModelGateway, guard: Guard, about: Circumstances, question: Question
    ) -> Sequence[AnswerEvent | Notice | Checked]:
        """What is said instead of an answer where the policy refuses foreign questions and this is one; else nothing.

        Other policies wait for the answer, so that no question is looked up twice.
        """
        refuses = about.effective.policy.off_topic is OffTopic.REFUSE and guard.looks(OFF_TOPIC, Stage.SUBJECT, about)
        if not (refuses and question.grounded and await gateway.covers(question) is False):
            return ()
        guarded = guard.subject(structs.replace(about, covered=False), question.messages[-1].content)
        if not guarded.stopped or guarded.notice is None:
            return ()
        notice = spoken(guarded.notice, question.messages[-1].content)
        said = TextDelta(notice.message)
        checked, done = Checked((), Checks(covered=False)), AnswerDone(WITHHELD, EXTRACTIVE, 0, 0)
        return CitationsFound((), covered=False), notice, said, checked, done

    def _not_covered(self, guard: Guard, about: Circumstances, question: Question) -> Notice | None:
        """What the learner is told of an answer that rests on nothing in the course."""
        guard.subject(structs.replace(about, covered=False), question.messages[-1].content)
        return None if about.effective.policy.off_topic is OffTopic.ALLOW else _NOT_COVERED

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
        if not self._question.grounded:  # it was not to rest on the course
            return Checked((), checks or Checks()), None
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
