"""What the assistant's HTTP contract takes and gives, for validation and for its OpenAPI document."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import BaseModel, Field

from banyan.assistant.domain.checks import Checks
from banyan.assistant.domain.sessions import Session, StoredMessage
from banyan.edge.http.fields import Id, Name
from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import content_id
from banyan.kernel.messages import Citation


class TextPart(BaseModel):
    """A piece of a message, as OpenAI's clients may send it."""

    type: Literal["text"] = Field(description="The tutor reads text only.")
    text: str


class ChatMessage(BaseModel):
    """One message of the conversation as the client sees it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """Text parts joined by line breaks."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or ())


class ChatBody(BaseModel):
    """A question about a lesson. Further fields of OpenAI's API are accepted and have no effect."""

    course: Id
    chapter: Name | None = Field(None, description="For the client's own orientation; lessons are found without it.")
    lesson: Id
    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=1000,
        description="The last message with the role `user` is the question. All others are ignored: "
        "the history that the model sees is the one that the server has stored.",
    )
    session: Id | None = Field(
        None, description="One of the caller's own sessions on this lesson; else the current one."
    )
    stream: bool = False
    model: Name | None = Field(
        None, description="An alias, or `provider/model`; else the one that the service is set to."
    )

    def question(self) -> str:
        """What the learner said last. Raises: InvalidInput."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text
        raise InvalidInput("No message has the role `user`; send the question as one.", param="messages")

    def fingerprint(self) -> str:
        """Equal for requests that ask the same; whether the answer is to be streamed makes no difference."""
        return content_id(self.model_dump_json(exclude={"stream"}))


class CitationBody(BaseModel):
    """What one `[index]` of an answer points at; `quote` is the lesson's plain text from `start` to `end`."""

    index: int
    course: str
    lesson: str
    chunk_id: str
    title: str
    heading: list[str]
    anchor: str
    quote: str
    start: int
    end: int
    source: str
    source_type: str
    score: float
    url: str = ""
    page: int = 0
    slide: int = 0
    seconds: tuple[int, int] | None = None
    version: int = Field(0, description="Of the source, in which the span is measured.")


class AnswerMessage(BaseModel):
    """The answer's text, with `[n]` marks."""

    role: Literal["assistant"]
    content: str


class Choice(BaseModel):
    """The one choice."""

    index: int
    message: AnswerMessage
    finish_reason: str


class Usage(BaseModel):
    """Tokens; 0 where the model counts none."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class NoticeBody(BaseModel):
    """What the learner is told beside the answer, or instead of one."""

    code: str
    message: str
    resets_at: datetime | None = Field(None, description="When it is over, where that is known.")


class UnsupportedBody(BaseModel):
    """Something that the answer states and no cited passage contains; `start` and `end` count code points of it."""

    text: str
    start: int
    end: int
    kind: Literal["number", "date", "name"]


class HintBody(BaseModel):
    """Which hint of how many the answer is; the first is 1."""

    step: int
    of: int


class ChatAnswer(BaseModel):
    """An OpenAI chat completion, and what the tutor adds to it."""

    id: str = Field(description="Id of the answer's message.")
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    session: str | None = Field(description="null where nothing was stored and the caller named none.")
    message_id: str | None
    question_id: str | None
    citations: list[CitationBody] = Field(description="Those that the answer uses.")
    notice: NoticeBody | None = Field(None, description="Why something was withheld, or is different.")
    unsupported: list[UnsupportedBody] | None = Field(
        None, description="Numbers, dates and names in a model's answer that nothing cited contains."
    )
    covered: bool | None = Field(None, description="Whether the course supports the answer; absent where nobody knows.")
    hint: HintBody | None = Field(None, description="Where the answer is a hint.")


class MessageBody(BaseModel):
    """A stored message."""

    id: str
    role: Literal["user", "assistant"]
    content: str
    status: Literal["complete", "interrupted", "failed"] = Field(
        description="Of an answer: `interrupted` when the learner left midway, `failed` when the model did."
    )
    citations: list[CitationBody]
    model: str
    created: datetime
    notice: NoticeBody | None = Field(None, description="What the learner was told beside the answer.")
    unsupported: list[UnsupportedBody] | None = Field(
        None, description="Numbers, dates and names in a model's answer that nothing cited contains."
    )
    covered: bool | None = Field(None, description="Whether the course supports the answer; absent where nobody knows.")
    hint: HintBody | None = Field(None, description="Where the answer is a hint.")


class HistoryBody(BaseModel):
    """A session with its newest messages, oldest first. session: null before the first question."""

    session: str | None
    messages: list[MessageBody]


class SessionBody(BaseModel):
    """A session as it stands in a list."""

    session: str
    user: str
    course: str
    lesson: str
    title: str = Field(description="The beginning of the first question.")
    created: datetime
    updated: datetime


class SessionsBody(BaseModel):
    """Sessions, last used first."""

    sessions: list[SessionBody]


class NewSessionBody(BaseModel):
    """The lesson that the new session is about."""

    course: Id
    lesson: Id


def citation_fields(citation: Citation) -> dict[str, Any]:
    """A citation without the fields that do not apply to its source."""
    fields: dict[str, Any] = msgspec.to_builtins(citation)
    return {name: value for name, value in fields.items() if value is not None}


def check_fields(checks: Checks) -> dict[str, Any]:
    """What came of looking at an answer, without what does not apply."""
    fields: dict[str, Any] = msgspec.to_builtins(checks)
    return fields


def message_fields(message: StoredMessage) -> dict[str, Any]:
    """As `MessageBody`."""
    told = {} if message.notice is None else {"notice": msgspec.to_builtins(message.notice)}
    return {
        "id": message.id,
        "role": message.role,
        "content": message.content,
        "status": message.status,
        "citations": [citation_fields(citation) for citation in message.citations],
        "model": message.model,
        "created": message.created,
        **told,
        **check_fields(message.checks),
    }


def session_fields(session: Session) -> dict[str, Any]:
    """As `SessionBody`."""
    return {
        "session": session.id,
        "user": session.user,
        "course": session.course,
        "lesson": session.lesson,
        "title": session.title,
        "created": session.created,
        "updated": session.updated,
    }
