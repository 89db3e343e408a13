"""Writes down what became of a try to answer."""

from datetime import datetime

from msgspec import structs

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.sessions import StoredMessage
from banyan.assistant.ports.turn_log import TurnLog, TurnRecord
from banyan.assistant.usecases.guarded_answer import WITHHELD
from banyan.assistant.usecases.open_turn import AskRequest
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.money import Money

_LONGEST_ERROR = 500
_OUTCOMES = {"complete": "answered", "interrupted": "interrupted", "failed": "failed"}


class Recording:
    """One try, from when it arrived; each of the verbs ends it with one record."""

    def __init__(self, log: TurnLog, clock: Clock, asker: Identity, request: AskRequest) -> None:
        self._log = log
        self._clock = clock
        self._began = clock.now()
        self._first: datetime | None = None
        self._record = TurnRecord(
            asker.tenant,
            new_id("try"),
            self._began,
            asker.user,
            request.course,
            request.lesson,
            request.surface,
            "failed",
            session=request.session or "",
            stream=request.stream,
            request_id=request.request_id,
        )

    def about(self, about: Circumstances) -> None:
        """They were let in."""
        self._record = structs.replace(self._record, help_level=about.effective.policy.help_level.value)

    def found(self, any_passage: bool) -> None:
        """Whether the course has anything on the question."""
        self._record = structs.replace(self._record, covered=any_passage)

    def first_word(self) -> None:
        """The answer begins."""
        self._first = self._first or self._clock.now()

    def withheld(self, notice: Notice) -> None:
        """There was no answer."""
        self._end(outcome="withheld", notice=notice.code.value)

    def refused(self, error: BanyanError) -> None:
        """It failed before it began. What the caller did wrong is no try."""
        if error.passing:
            self._end(outcome="failed", error=_words(error))

    def ended(self, answer: StoredMessage, price: Money, error: Exception | None) -> None:
        """There is a stored answer, whole or not."""
        self._end(
            outcome="withheld"
            if answer.status == "complete" and answer.finish_reason == WITHHELD
            else _OUTCOMES[answer.status],
            session=answer.session,
            message=answer.id,
            model=answer.model,
            status_code=_status(error) if error is not None or answer.status == "failed" else 200,
            error="" if error is None else _words(error),
            notice="" if answer.notice is None else answer.notice.code.value,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost=price,
        )

    def _end(self, **fields: object) -> None:
        first = None if self._first is None else _milliseconds(self._began, self._first)
        took = _milliseconds(self._began, self._clock.now())
        self._log.turn(structs.replace(self._record, latency_ms=took, first_token_ms=first, **fields))


def _status(error: Exception | None) -> int:
    return error.status or 0 if isinstance(error, UpstreamFailed) else 0


def _words(error: Exception) -> str:
    return (error.message if isinstance(error, BanyanError) else type(error).__name__)[:_LONGEST_ERROR]


def _milliseconds(began: datetime, ended: datetime) -> int:
    return max(0, round((ended - began).total_seconds() * 1000))
