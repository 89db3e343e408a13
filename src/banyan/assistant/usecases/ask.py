"""Answers a learner's question about a lesson, and keeps both."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.history import MAX_MESSAGES, history
from banyan.assistant.domain.instructing import instructions
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.policy import Mode
from banyan.assistant.domain.question import clean_question
from banyan.assistant.domain.sessions import MessageStatus, StoredMessage, Turn
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.guarded_answer import guarded_answer
from banyan.assistant.usecases.leases import Leases
from banyan.assistant.usecases.open_turn import AskRequest, AskSettings, Turns
from banyan.assistant.usecases.parts import Parts, built_in_parts
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation, Message

TurnEvent = CitationsFound | TextDelta | Notice | StoredMessage

EXTRACTIVE = "banyan/extractive"
"""What answers where no model is to be asked."""
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


@dataclass(slots=True)
class _Draft:
    """What has come of an answer so far."""

    turn: Turn
    pieces: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    done: AnswerDone | None = None
    notice: Notice | None = None

    def add(self, event: AnswerEvent) -> None:
        match event:
            case CitationsFound(citations):
                self.citations = citations
            case TextDelta(text):
                self.pieces.append(text)
            case AnswerDone():
                self.done = event

    def message(self, status: MessageStatus, now: datetime) -> StoredMessage:
        """The answer as it is to be stored; broken ones end without a reason and a count of tokens."""
        text = "".join(self.pieces)
        done = self.done or AnswerDone("", "", 0, 0)
        return StoredMessage(
            id=self.turn.answer_id,
            session=self.turn.session.id,
            position=self.turn.question.position + 1,
            role="assistant",
            content=text,
            created=now,
            status=status,
            citations=cited(self.citations, text),
            model=done.model,
            finish_reason=done.finish_reason,
            prompt_tokens=done.prompt_tokens,
            completion_tokens=done.completion_tokens,
        )


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
        question = clean_question(request.question)
        about, refused = await self._parts.admit.judged(asker, request.course, request.lesson)
        guarded = self._parts.guard.question(about, question, closed=refused is not None)
        if guarded.stopped and guarded.notice is not None:
            return Withheld(guarded.notice, guarded.answer or guarded.notice.message, request.session)
        if refused is not None:
            return Withheld(refused, refused.message, request.session)
        turn, answer = await self._turns.open(asker, request, guarded.text)
        if answer is not None:
            return Answering(turn, answer.model, _replay(answer), replayed=True)
        earlier = await self._store.messages(
            # Unanswered questions and broken answers are dropped from these, so a few more are read than are sent.
            asker.tenant,
            turn.session.id,
            limit=2 * MAX_MESSAGES,
            before=turn.question.position,
        )
        asked = Question(
            asker=asker,
            course=request.course,
            lesson=request.lesson,
            messages=(*history(earlier), Message("user", guarded.text)),
            model=self._model_of(about, request),
            instructions=instructions(about),
        )
        return Answering(turn, asked.model, self._answer(turn, asked, about))

    def _model_of(self, about: Circumstances, request: AskRequest) -> str:
        policy = about.effective.policy
        if policy.mode is Mode.HEURISTIC:
            return EXTRACTIVE
        return request.model or policy.default_model or self._model

    async def _answer(self, turn: Turn, question: Question, about: Circumstances) -> AsyncGenerator[TurnEvent, None]:
        draft = _Draft(turn)
        with self._leases.hold(turn):
            try:
                async with aclosing(guarded_answer(self._gateway, self._parts.guard, about, question)) as events:
                    async for event in events:
                        if isinstance(event, Notice):
                            draft.notice = event
                            continue
                        draft.add(event)
                        if isinstance(event, AnswerDone):
                            break
                        yield event
                if draft.done is None:
                    raise UpstreamFailed("The model broke off in the middle of its answer; ask again.")
            except (asyncio.CancelledError, GeneratorExit):
                await self._settle(draft, "interrupted")
                raise
            except Exception:
                await self._settle(draft, "failed")
                raise
            answer = await self._settle(draft, "complete")
            if answer is None:
                raise Conflict("A later request with the same Idempotency-Key took this one over; wait for its answer.")
        if draft.notice is not None:
            yield draft.notice
        yield answer

    async def _settle(self, draft: _Draft, status: MessageStatus) -> StoredMessage | None:
        """Stores the answer, even when the request is cancelled meanwhile: the write goes on without it.

        None when a later try has taken the turn over.
        """
        answer = draft.message(status, self._clock.now())
        write = asyncio.create_task(self._store.finish_turn(draft.turn, answer), name="store an answer")
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        try:
            return answer if await asyncio.shield(write) else None
        except asyncio.CancelledError:
            write.add_done_callback(_report)
            raise


def _report(write: asyncio.Task[bool]) -> None:
    """Nobody waits for this write any more, so its failure is told to the log."""
    if not write.cancelled() and (error := write.exception()) is not None:
        _log.error("an answer was not stored", exc_info=error)


async def _replay(answer: StoredMessage) -> AsyncGenerator[TurnEvent, None]:
    yield CitationsFound(answer.citations)
    if answer.content:
        yield TextDelta(answer.content)
    yield answer
