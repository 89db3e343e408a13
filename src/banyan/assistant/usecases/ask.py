"""Answers a learner's question about a lesson, and keeps both."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from msgspec import structs

from banyan.assistant.domain.admission import in_exam
from banyan.assistant.domain.checks import Checked
from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.history import MAX_MESSAGES, fits, history, room_for
from banyan.assistant.domain.instructing import instructions
from banyan.assistant.domain.notice_words import spoken
from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import Mode
from banyan.assistant.domain.question import clean_question
from banyan.assistant.domain.quotas import EXTRACTIVE, Allowance, Exhausted, allowance, told
from banyan.assistant.domain.remembering import MAX_SUMMARY, Summary, remembered, reminder
from banyan.assistant.domain.sessions import MessageStatus, StoredMessage, Turn
from banyan.assistant.ports.known_answers import KnownAnswer
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.checking import quotes_only
from banyan.assistant.usecases.draft import Draft
from banyan.assistant.usecases.fit_window import TOO_LONG
from banyan.assistant.usecases.guarded_answer import WITHHELD, guarded_answer
from banyan.assistant.usecases.known_answer import APPROVED, FAQ, Approved
from banyan.assistant.usecases.leases import Leases
from banyan.assistant.usecases.open_turn import AskRequest, AskSettings, Turns
from banyan.assistant.usecases.parts import Parts, built_in_parts
from banyan.assistant.usecases.rag_wish import rag_of
from banyan.assistant.usecases.raise_alarm import raise_alarm
from banyan.assistant.usecases.recording import Recording
from banyan.assistant.usecases.stoppable import Stoppable, Stopped
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Conflict, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE
from banyan.kernel.messages import Message
from banyan.kernel.money import NOTHING, Money

TurnEvent = CitationsFound | TextDelta | Notice | StoredMessage

_FALLBACK = Notice(NoticeCode.FALLBACK, "No model could be asked just now, so this answer is quoted from the lesson.")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer on its way. The question is stored by now.

    model: the one that is asked; the stored answer names the one that answered.
    events: what may be cited, the pieces of the text, notices, and last the answer as it is stored by then.
        Closing it early stops the model and keeps what had been said as interrupted. When it raises, what
        had been said is kept as failed.
    replayed: the answer had been given before and is only repeated.
    """

    turn: Turn
    model: str
    events: AsyncGenerator[TurnEvent, None]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """There is no answer, and why. Nothing was stored. text: what is said instead; session: as the caller gave it."""

    notice: Notice
    text: str
    session: str | None


class Ask:
    """The use case; enter it once per process: it owns the renewal of claims and writes that outlive a request."""

    def __init__(
        self,
        store: ConversationStore,
        gateway: ModelGateway,
        clock: Clock,
        settings: AskSettings,
        parts: Parts | None = None,
    ) -> None:
        self._parts = parts or built_in_parts(clock)
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._model = settings.model
        self._turns = Turns(store, gateway, clock, settings)
        self._leases = Leases(store, clock, settings.lease)
        self._writes: set[asyncio.Task[bool]] = set()

    @property
    def parts(self) -> Parts:
        """What decides about its turns."""
        return self._parts

    @property
    def model(self) -> str:
        """The one that is asked where neither question nor policy names any."""
        return self._model

    async def __aenter__(self) -> Self:
        self._leases.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leases.stop()
        if self._writes:
            await asyncio.wait(self._writes)

    async def __call__(self, asker: Identity, request: AskRequest) -> Answering | Withheld:
        """Stores the question and gets the answer ready to be fetched from `events`.

        With a key, a question is answered once: a repetition waits for the first and repeats its answer; after
        a first that failed, was interrupted or died, it is answered anew under the same message ids.
        Raises: InvalidInput, NotFound, NotAllowed; Conflict (`idempotency_key_reused`); DeadlineExceeded and
        UpstreamFailed when the first of two equal requests did not come to an answer while this one waited.
        """
        record = Recording(self._parts.log, self._clock, asker, request)
        try:
            answering = await self._begin(asker, request, record)
        except BanyanError as error:
            record.refused(error)
            raise
        if isinstance(answering, Withheld):
            record.withheld(answering.notice)
        return answering

    async def _begin(self, asker: Identity, request: AskRequest, record: Recording) -> Answering | Withheld:
        question = clean_question(request.question)
        about, refused = await self._parts.admit.judged(asker, request.course, request.lesson)
        about = structs.replace(about, request_id=request.request_id)
        record.about(about)
        guarded = self._parts.guard.question(about, question, closed=refused is not None)
        await raise_alarm(self._parts.notifier, about, guarded.alerts)
        if guarded.stopped and guarded.notice is not None:
            notice = spoken(guarded.notice, question)
            return Withheld(notice, guarded.answer or notice.message, request.session)
        if refused is not None:
            notice = spoken(refused, question)
            return Withheld(notice, notice.message, request.session)
        model = self._model_of(about, request)
        window = None if quotes_only(model) else await self._gateway.window_of(model)
        told_first = instructions(about)
        if not fits(window, guarded.text, told_first):
            notice = spoken(TOO_LONG, question)
            return Withheld(notice, notice.message, request.session)
        allowed = allowance(about.effective.policy, model)
        opened = await self._turns.open(asker, request, guarded.text, allowed)
        if isinstance(opened, Exhausted):
            notice = told(opened, allowed)
            return Withheld(notice, notice.message, request.session)
        turn, answer = opened
        if answer is not None:
            return Answering(turn, answer.model, _replay(answer), replayed=True)
        known = await self._known(about, guarded.text)
        earlier = await self._store.messages(
            # Unanswered questions and broken answers are dropped from these, so a few more are read than are sent.
            asker.tenant,
            turn.session.id,
            limit=2 * MAX_MESSAGES,
            before=turn.question.position,
        )
        room = room_for(window, guarded.text, told_first, MAX_SUMMARY)
        reminded = await self._reminder(turn, earlier, room)
        if not fits(window, guarded.text, f"{told_first}\n\n{reminded}"):
            reminded = ""
        asked = Question(
            asker=about.standing.reader,
            course=request.course,
            lesson=None if request.lesson == COURSE_WIDE else request.lesson,
            messages=(*history(earlier, room), Message("user", guarded.text)),
            model=model,
            grounded=about.effective.policy.enable_rag,
            rag=rag_of(about, self._parts.guard),
            instructions="\n\n".join(filter(None, (told_first, reminded))),
        )
        draft = Draft(turn, notice=guarded.notice)
        if known is None:
            return Answering(turn, model, self._answer(draft, asked, about, allowed, record))
        draft.notice = draft.notice or APPROVED
        saved = self._answer(draft, asked, about, allowed, record, known)
        return Answering(turn, FAQ, saved)

    async def _known(self, about: Circumstances, asked: str) -> KnownAnswer | None:
        """What a teacher has approved, unless it gives away what is kept, or more than the level of help allows."""
        known = await self._parts.known.find(about.tenant, about.course, about.lesson, asked)
        if known is None or await self._parts.checking.may_say(self._gateway, about, asked, known):
            return known
        return None

    async def _reminder(self, turn: Turn, earlier: Sequence[StoredMessage], room: int | None) -> str:
        """What the model is told of the part of the session that is too long ago, or for which there is no room."""
        before = Summary(turn.session.summary, turn.session.summarised)
        summary = remembered(earlier, before, room)
        if summary != before:
            await self._store.summarise(turn.session, summary.text, summary.upto)
        return reminder(summary)

    def _model_of(self, about: Circumstances, request: AskRequest) -> str:
        policy = about.effective.policy
        if policy.mode is Mode.HEURISTIC:
            return EXTRACTIVE
        return request.model or policy.default_model or self._model

    async def _answer(
        self,
        draft: Draft,
        question: Question,
        about: Circumstances,
        allowed: Allowance,
        record: Recording,
        known: KnownAnswer | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """known: what answers instead of the model, where a teacher has approved it."""
        ending = Stoppable()
        try:
            with self._leases.hold(draft.turn), self._watched(about, ending):
                answer_checked = self._parts.checking.answer
                answers = (
                    answer_checked(self._gateway, self._parts.guard, about, question, draft.turn)
                    if known is None
                    else guarded_answer(Approved(known), self._parts.guard, about, question)
                )
                async with aclosing(answers) as events:
                    while (event := await ending.next(events)) is not None:
                        if isinstance(event, Notice):
                            draft.notice = event
                            continue
                        if isinstance(event, CitationsFound):
                            record.found(bool(event.citations))
                        elif isinstance(event, TextDelta):
                            record.first_word()
                        draft.add(event)
                        if isinstance(event, Checked):
                            if event.checks.covered is not None:
                                record.found(event.checks.covered)
                            continue
                        if isinstance(event, AnswerDone):
                            break
                        yield event
                if draft.done is None:
                    raise UpstreamFailed("The model broke off in the middle of its answer; ask again.")
                if _fell_back(question.model, draft.done.model):
                    draft.notice = draft.notice or _FALLBACK
                answer = await self._settle(draft, "complete", allowed, record)
        except Stopped as stopped:
            told_why = spoken(stopped.notice, question.messages[-1].content)
            draft.done, draft.notice = AnswerDone(WITHHELD, question.model, 0, 0), told_why
            answer = await self._settle(draft, "interrupted", allowed, record)
        except (asyncio.CancelledError, GeneratorExit):
            await self._settle(draft, "interrupted", allowed, record)
            raise
        except Exception as error:
            await self._settle(draft, "failed", allowed, record, error)
            raise
        if answer is not None and known is not None:
            price = NOTHING if question.model == EXTRACTIVE else allowed.price or None
            self._parts.known.used(about.tenant, about.course, about.lesson, known, price)
        if answer is None:
            raise Conflict("A later request with the same Idempotency-Key took this one over; wait for its answer.")
        if draft.notice is not None:
            yield draft.notice
        yield answer

    def _watched(self, about: Circumstances, ending: Stoppable) -> AbstractContextManager[None]:
        """A learner's answer ends when an exam begins for them."""
        if about.standing.teaches:
            return nullcontext()
        locks = self._parts.admit.locks
        return locks.watch(about.tenant, about.course, about.user, lambda _: ending.stop(in_exam()))

    async def _settle(
        self,
        draft: Draft,
        status: MessageStatus,
        allowed: Allowance,
        record: Recording,
        error: Exception | None = None,
    ) -> StoredMessage | None:
        """Stores the answer, even when the request is cancelled meanwhile: the write goes on without it.

        None when a later try has taken the turn over.
        """
        answer = draft.message(status, self._clock.now())
        price = _price(answer, allowed)
        record.ended(answer, price, error)
        finish = self._store.finish_turn(draft.turn, answer, price=price)
        write = asyncio.create_task(finish, name="store an answer")
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        try:
            return answer if await asyncio.shield(write) else None
        except asyncio.CancelledError:
            write.add_done_callback(_report)
            raise


def _price(answer: StoredMessage, allowed: Allowance) -> Money:
    """What the answer costs its learner: nothing where it failed, was not begun, or asked no model."""
    begun = answer.status == "complete" or (answer.status == "interrupted" and answer.content)
    return NOTHING if not begun or answer.model in (EXTRACTIVE, FAQ) else allowed.price


def _fell_back(asked: str, answered: str) -> bool:
    """Whether the lesson was quoted although a model was to answer."""
    return answered == EXTRACTIVE != asked


def _report(write: asyncio.Task[bool]) -> None:
    """Nobody waits for this write any more, so its failure is told to the log."""
    if not write.cancelled() and (error := write.exception()) is not None:
        _log.error("an answer was not stored", exc_info=error)


async def _replay(answer: StoredMessage) -> AsyncGenerator[TurnEvent, None]:
    yield CitationsFound(answer.citations)
    if answer.content:
        yield TextDelta(answer.content)
    if answer.notice is not None:
        yield answer.notice
    yield answer
