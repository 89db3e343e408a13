"""Conversations as values: sessions, the messages in them, and the turns that are under way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from banyan.assistant.domain.checks import UNCHECKED, Checks
from banyan.assistant.domain.notices import Notice
from banyan.kernel.messages import Citation

MessageStatus = Literal["complete", "interrupted", "failed"]
"""What became of a message: `interrupted` when the learner left midway, `failed` when the model did."""

TurnState = Literal["running", "complete", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation of one learner about one lesson.

    number: counts the learner's sessions on that lesson from 1; the one with the highest number is current.
    title: the beginning of the first question, "" before there is one.
    summary: of the messages before the position `summarised`, in short.
    """

    tenant: str
    id: str
    user: str
    course: str
    lesson: str
    number: int
    title: str
    created: datetime
    updated: datetime
    summary: str = ""
    summarised: int = 0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is kept.

    position: questions stand at even positions, the answer to each right behind it at the odd one,
        whichever answer was ready first. A gap is a question that has no answer (yet).
    notice: what the learner was told beside the answer.
    """

    id: str
    session: str
    position: int
    role: Literal["user", "assistant"]
    content: str
    created: datetime
    status: MessageStatus = "complete"
    citations: tuple[Citation, ...] = ()
    model: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    notice: Notice | None = None
    checks: Checks = UNCHECKED


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn's hold on an `Idempotency-Key`; the key belongs to its tenant and user.

    attempt: names the try that may write the answer; a later try takes it over and shuts the earlier out.
    expires: when a running try counts as dead, unless it has been renewed.
    """

    key: str
    request_hash: str
    attempt: str
    state: TurnState
    expires: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that is stored, and the place that is kept for its answer."""

    session: Session
    question: StoredMessage
    answer_id: str
    claim: Claim | None = None
