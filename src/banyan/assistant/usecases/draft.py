"""An answer while it is being made."""

from dataclasses import dataclass, field
from datetime import datetime

from banyan.assistant.domain.checks import UNCHECKED, Checked
from banyan.assistant.domain.citing import cited
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.sessions import MessageStatus, StoredMessage, Turn
from banyan.assistant.ports.model_gateway import AnswerDone, AnswerEvent, CitationsFound, TextDelta
from banyan.kernel.messages import Citation


@dataclass(slots=True)
class Draft:
    """What has come of an answer so far."""

    turn: Turn
    pieces: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    done: AnswerDone | None = None
    notice: Notice | None = None
    checked: Checked | None = None

    def add(self, event: AnswerEvent | Checked) -> None:
        """The next event of the model."""
        match event:
            case Checked():
                self.checked = event
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
            citations=cited(self.citations, text) if self.checked is None else self.checked.citations,
            model=done.model,
            finish_reason=done.finish_reason,
            prompt_tokens=done.prompt_tokens,
            completion_tokens=done.completion_tokens,
            notice=self.notice,
            checks=UNCHECKED if self.checked is None else self.checked.checks,
        )
