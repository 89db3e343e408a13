"""Finds or makes the turn that a request is about: a new one, one to be answered anew, or one that has its answer."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from banyan.assistant.domain.access import writable
from banyan.assistant.domain.quotas import Allowance, Exhausted, Hold
from banyan.assistant.domain.sessions import Claim, Session, StoredMessage, Turn
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.require_lesson import require_lesson
from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, DeadlineExceeded, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id

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

    lesson: `COURSE_WIDE` for the whole course.
    key: the `Idempotency-Key`; fingerprint: what it is bound to, equal for equal requests.
    surface, stream, request_id: for the log. fresh: begins a session of its own, where none is named.
    """

    course: str
    lesson: str
    question: str
    session: str | None = None
    model: str | None = None
    key: str | None = None
    fingerprint: str = ""
    surface: str = "chat"
    stream: bool = False
    request_id: str = ""
    fresh: bool = False


class Turns:
    """Opens turns. With a key, equal requests share one."""

    def __init__(self, store: ConversationStore, gateway: ModelGateway, clock: Clock, settings: AskSettings) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._settings = settings

    async def open(
        self, asker: Identity, request: AskRequest, question: str, allowed: Allowance
    ) -> tuple[Turn, StoredMessage | None] | Exhausted:
        """The turn to be answered, or the turn and its stored answer; or that the allowance has no place for it."""
        while True:
            if request.key is not None:
                held = await self._store.turn(asker.tenant, asker.user, request.key)
                if held is not None:
                    joined = await self._join(held, request.key, request.fingerprint, allowed)
                    if joined is not None:
                        return joined
                    continue
            session = await self._session(asker, request)
            claim = None if request.key is None else self._claim(request.key, request.fingerprint)
            now = self._clock.now()
            turn = await self._store.begin_turn(session, question, claim, now=now, hold=self._hold(allowed, now))
            if isinstance(turn, Exhausted):
                return turn
            if turn is not None:
                return turn, None

    async def _session(self, asker: Identity, request: AskRequest) -> Session:
        if request.session is not None:
            found = await self._store.session(asker.tenant, request.session)
            return writable(asker, found, request.course, request.lesson)
        place = (asker.tenant, asker.user, request.course, request.lesson)
        current = None if request.fresh else await self._store.current_session(*place)
        if current is not None:
            return current
        await require_lesson(self._gateway, asker, request.course, request.lesson)
        if request.fresh:
            return await self._store.new_session(*place, now=self._clock.now())
        return await self._store.ensure_session(*place, now=self._clock.now())

    async def _join(
        self, turn: Turn, key: str, fingerprint: str, allowed: Allowance
    ) -> tuple[Turn, StoredMessage | None] | Exhausted | None:
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
        now = self._clock.now()
        hold = self._hold(allowed, now)
        taken = await self._store.take_over(turn, self._claim(key, fingerprint), now=now, hold=hold)
        return taken if taken is None or isinstance(taken, Exhausted) else (taken, None)

    def _hold(self, allowed: Allowance, now: datetime) -> Hold:
        return Hold(allowed, now + self._settings.lease)

    def _claim(self, key: str, fingerprint: str) -> Claim:
        return Claim(key, fingerprint, new_id("try"), "running", self._clock.now() + self._settings.lease)
