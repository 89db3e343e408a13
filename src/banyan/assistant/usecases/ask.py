"""Answers a learner's question about a lesson, and keeps both."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from banyan.assistant.domain.access import writable
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.history import MAX_MESSAGES, history
from banyan.assistant.domain.question import clean_question
from banyan.assistant.domain.sessions import Claim, MessageStatus, Session, StoredMessage, Turn
from banyan.assistant.ports.model_gateway import (
    AnswerDone,
    AnswerEvent,
    CitationsFound,
    ModelGateway,
    Question,
    TextDelta,
)
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.leases import Leases
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, DeadlineExceeded, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation, Message

TurnEvent = CitationsFound | TextDelta | StoredMessage

_log = structlog.get_logger(__name__)

_POLL = 0.05
"""Seconds between two looks at a turn that another request answers: it may run in another process, so SQL is asked."""


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How questions are answered.

    model: for questions that name none.
    lease: after which a turn that nobody renews counts as dead; a retry after a kill waits for so long.
    patience: how long a repeated request waits for the answer of the first.
    """

    model: str
    lease: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class AskRequest:
    """One question. session: None goes on with the current one. model: None takes the default.

    key: the `Idempotency-Key`; fingerprint: what it is bound to, equal for equal requests.
    """

    course: str
    lesson: str
    question: str
    session: str | None = None
    model: str | None = None
    key: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer on its way. The question is stored by now.

    model: the one that is asked; the stored answer names the one that answered.
    events: what may be cited, the pieces of the text, and last the answer as it is stored by then.
        Closing it early stops the model and keeps what had been said as interrupted. When it raises, what
        had been said is kept as failed.
    replayed: the answer had been given before and is only repeated.
    """

    turn: Turn
    model: str
    events: AsyncGenerator[TurnEvent, None]
    replayed: bool = False


@dataclass(slots=True)
class _Draft:
    """What has come of an answer so far."""

    turn: Turn
    pieces: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    done: AnswerDone | None = None

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

    def __init__(self, store: ConversationStore, gateway: ModelGateway, clock: Clock, settings: AskSettings) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._settings = settings
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

    async def __call__(self, asker: Identity, request: AskRequest) -> Answering:
        """Stores the question and gets the answer ready to be fetched from `events`.

        With a key, a question is answered once: a repetition waits for the first and repeats its answer; after
        a first that failed, was interrupted or died, it is answered anew under the same message ids.
        Raises: InvalidInput, NotFound, NotAllowed; Conflict (`idempotency_key_reused`); DeadlineExceeded and
        UpstreamFailed when the first of two equal requests did not come to an answer while this one waited.
        """
        question = clean_question(request.question)
        turn, answer = await self._open(asker, request, question)
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
            messages=(*history(earlier), Message("user", question)),
            model=request.model or self._settings.model,
        )
        return Answering(turn, asked.model, self._answer(turn, asked))

    async def _open(self, asker: Identity, request: AskRequest, question: str) -> tuple[Turn, StoredMessage | None]:
        """The turn to be answered, or the turn and its stored answer."""
        while True:
            if request.key is not None:
                held = await self._store.turn(asker.tenant, asker.user, request.key)
                if held is not None:
                    joined = await self._join(held, request.key, request.fingerprint)
                    if joined is not None:
                        return joined
                    continue
            session = await self._session(asker, request)
            claim = None if request.key is None else self._claim(request.key, request.fingerprint)
            turn = await self._store.begin_turn(session, question, claim, now=self._clock.now())
            if turn is not None:
                return turn, None

    async def _session(self, asker: Identity, request: AskRequest) -> Session:
        if request.session is not None:
            found = await self._store.session(asker.tenant, request.session)
            return writable(asker, found, request.course, request.lesson)
        place = (asker.tenant, asker.user, request.course, request.lesson)
        current = await self._store.current_session(*place)
        if current is not None:
            return current
        await require_lesson(self._gateway, asker, request.course, request.lesson)
        return await self._store.ensure_session(*place, now=self._clock.now())

    async def _join(self, turn: Turn, key: str, fingerprint: str) -> tuple[Turn, StoredMessage | None] | None:
        """What has become of an earlier request with the key; None when a third one was quicker to take it over."""
        tenant, user = turn.session.tenant, turn.session.user
        deadline = self._clock.now() + self._settings.patience
        waited = False
        while True:
            claim = turn.claim
            if claim is None or claim.request_hash != fingerprint:
                raise Conflict(
                    "This Idempotency-Key was used for another request; choose a new key.",
                    code="idempotency_key_reused",
                )
            if claim.state != "running" or self._clock.now() >= claim.expires:
                break
            if self._clock.now() >= deadline:
                raise DeadlineExceeded("The first request with this key is still being answered; try again later.")
            await asyncio.sleep(_POLL)
            waited = True
            found = await self._store.turn(tenant, user, key)
            if found is None:
                return None
            turn = found
        if claim.state == "complete":
            answer = await self._store.answer(tenant, turn.session.id, turn.answer_id)
            return None if answer is None else (turn, answer)
        if claim.state == "failed" and waited:
            raise UpstreamFailed("The first request with this key failed; send it again to have another try.")
        taken = await self._store.take_over(turn, self._claim(key, fingerprint))
        return None if taken is None else (taken, None)

    def _claim(self, key: str, fingerprint: str) -> Claim:
        return Claim(key, fingerprint, new_id("try"), "running", self._clock.now() + self._settings.lease)

    async def _answer(self, turn: Turn, question: Question) -> AsyncGenerator[TurnEvent, None]:
        draft = _Draft(turn)
        with self._leases.hold(turn):
            try:
                async with aclosing(self._gateway.answer(question)) as events:
                    async for event in events:
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
