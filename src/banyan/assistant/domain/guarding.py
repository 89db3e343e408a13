"""What guardrails find, and what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from banyan.assistant.domain.circumstances import Circumstances
from banyan.assistant.domain.notices import Notice


class Stage(StrEnum):
    """Whose words are looked at: the learner's, a cited source's, or the tutor's own.

    subject: the learner's again, once it is known whether the course covers them.
    """

    QUESTION = "question"
    SUBJECT = "subject"
    PASSAGE = "passage"
    ANSWER = "answer"


class Action(StrEnum):
    """What a finding leads to, the mildest first.

    note: an event, nothing else. mask: the text goes on with the finding replaced. withhold: the text goes no further,
    and the learner is told `notice`. answer: as withhold, and `text` is the answer.
    """

    NOTE = "note"
    MASK = "mask"
    WITHHOLD = "withhold"
    ANSWER = "answer"


class Finding(Struct, frozen=True):
    """What one guardrail found in one text.

    event_type: for the event log, such as `Injection` or `Sensitive`. snippet: at most 240 characters around it, with
    what must not be stored already masked. text: the masked text, or the answer. alert: somebody has to be told.
    """

    action: Action
    event_type: str
    snippet: str
    notice: Notice | None = None
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A guardrail's line in the catalogue.

    check: a text and its circumstances to a finding; None where there is nothing. Takes well under a millisecond.
    order: those with lower numbers look first, unless policy says otherwise. required: policy cannot switch it off,
    it looks before all others, and also where the tutor is closed.
    suspects: whether the beginning of a sentence of an answer may become a finding, so that a stream has to wait for
    its end; None where every sentence is waited for.
    """

    name: str
    summary: str
    stages: frozenset[Stage]
    check: Callable[[Stage, str, Circumstances], Finding | None]
    order: int = 100
    required: bool = False
    suspects: Callable[[str, Circumstances], bool] | None = None
