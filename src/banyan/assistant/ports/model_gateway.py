"""The port through which the tutor sees models and indexed lessons; it never sees a provider key or a vector."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import Struct

from banyan.assistant.domain.studying import Chunk, LessonStudy
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Citation, Message


@dataclass(frozen=True, slots=True)
class Rag:
    """What of the course an answer rests on. Numbers: None leaves them to the proxy.

    top_k: passages at most. snippet_chars: of each of them that a model is shown.
    general: a model may answer from what it knows where the passages do not answer.
    screen: passages that speak to a machine are kept from the model.
    """

    top_k: int | None = None
    snippet_chars: int | None = None
    general: bool = False
    screen: bool = True


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model is to choose its words, in the terms of OpenAI's API; None and () leave it to the proxy."""

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One turn for a model: the conversation so far, oldest first, ending with the learner's message.

    instructions: what the model is told before it; "" for nothing.
    withhold: texts of which no sentence may be found or quoted.
    grounded: False where nothing of the course is to be added to the messages, as where they bring it themselves.
    rag: what is added, where it is. sampling: for models that have such a choice.
    course: "" where the question is about none.
    """

    asker: Identity
    course: str
    lesson: str | None
    messages: Sequence[Message]
    model: str
    instructions: str = ""
    withhold: tuple[str, ...] = ()
    grounded: bool = True
    rag: Rag = Rag()
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Screened:
    """A passage that was kept from the model, because it speaks to a machine. snippet: nothing secret, of its text."""

    course: str
    lesson: str
    source: str
    snippet: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CitationsFound:
    """What the answer may cite; comes once, before any text. Empty when nothing supports an answer.

    covered: whether the course has anything on the question, where whoever answers knows.
    screened: what was found as well, and was kept from the model.
    """

    citations: tuple[Citation, ...]
    covered: bool | None = None
    screened: tuple[Screened, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """The answer is complete. `model` names what really answered; tokens are 0 where the provider counts none."""

    finish_reason: str
    model: str
    prompt_tokens: int
    completion_tokens: int


AnswerEvent = CitationsFound | TextDelta | AnswerDone


@dataclass(frozen=True, slots=True)
class LessonSummary:
    """A lesson as it stands in a course's list. embedded: how many of its chunks have vectors by now."""

    course: str
    lesson: str
    title: str
    chapter: str
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class LessonText:
    """A lesson's plain text, in which every span is measured, and its blocks as the proxy's contract shows them.

    blocks: `{kind, level, start, end, anchor, heading, page?, slide?, seconds?}` in reading order.
    """

    course: str
    lesson: str
    title: str
    text: str
    version: int
    blocks: Sequence[dict[str, Any]]


Vector = Sequence[float]
"""Of unit length."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """One vector per text, in their order, all by the one model. tokens: that it read."""

    vectors: Sequence[Vector]
    model: str
    tokens: int


class OfferedModel(Struct, frozen=True):
    """A model that can be asked for. owner: its provider. chat: whether it answers questions.

    quotes: whether it answers only in sentences of an indexed course. dimensions: of its vectors, if it makes any.
    context_window, output_limit: tokens; None where nobody knows. input_usd, output_usd: for a thousand tokens.
    """

    id: str
    owner: str
    chat: bool = False
    quotes: bool = False
    dimensions: int | None = None
    context_window: int | None = None
    output_limit: int | None = None
    input_usd: float | None = None
    output_usd: float | None = None


class Used(Struct, frozen=True):
    """What the ledger says of one provider or model. seconds: of all attempts together. usd: of those with a price."""

    name: str
    attempts: int = 0
    failed: int = 0
    tokens: int = 0
    seconds: float = 0.0
    usd: float = 0.0


class UsageFigures(Struct, frozen=True):
    """providers: every one that is set up, also those that nobody asked yet. breakers: of providers, by name:
    `closed`, `half_open` or `open`, the worst of their models'. users: how many people there were.
    """

    providers: tuple[Used, ...] = ()
    models: tuple[Used, ...] = ()
    breakers: dict[str, str] = {}
    users: int = 0


class ModelGateway(Protocol):
    """A direct call into the proxy when embedded, HTTP when scaled out; the same suite runs over both."""

    def answer(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """`CitationsFound`, then `TextDelta`s, then `AnswerDone`. Closing the generator cancels the model.

        Raises: the proxy's own errors, before the first event or between events.
        """
        ...

    async def courses(self, asker: Identity) -> Sequence[str]:
        """Ids of the courses that have anything indexed, sorted."""
        ...

    async def lessons(self, asker: Identity, course: str) -> Sequence[LessonSummary]:
        """The course's lessons in course order; empty for an unknown course."""
        ...

    async def lesson(self, asker: Identity, course: str, lesson: str, source: str | None = None) -> LessonText:
        """source: None for the lesson's own body, or else what was attached first. Raises: NotFound."""
        ...

    async def covers(self, question: Question) -> bool | None:
        """Whether the course covers what is asked, by its passages; None where that cannot be told.

        Raises: the proxy's own errors.
        """
        ...

    async def window_of(self, model: str) -> int | None:
        """Tokens that prompt and answer of the model may have together; None where nobody knows. Never raises."""
        ...

    async def zone_of(self, model: str) -> str | None:
        """The data zone of the model's provider; None where nobody knows, or where that depends. Never raises."""
        ...

    async def study(self, asker: Identity, course: str, lesson: str) -> LessonStudy:
        """For staff: it tells the answers. Nothing comes from sources for instructors. Raises: NotFound, NotAllowed."""
        ...

    async def study_text(self, asker: Identity, chunks: Sequence[Chunk], title: str = "") -> LessonStudy:
        """The same of a text that the caller brought, Markdown or plain. Nothing is stored. Raises: InvalidInput."""
        ...

    async def search(
        self, asker: Identity, course: str, lesson: str | None, query: str, limit: int
    ) -> Sequence[Citation]:
        """Up to so many passages that the asker may see, best first, numbered from 1; each is quoted whole.

        Empty where nothing is indexed. Raises: the proxy's own errors.
        """
        ...

    async def embed(self, asker: Identity, texts: Sequence[str]) -> Sequence[Vector]:
        """One vector per text, in the order given, any number of texts. Raises: the proxy's own errors."""
        ...

    async def embed_as(self, asker: Identity, texts: Sequence[str], model: str | None) -> Embedded:
        """The same by a named model, or by the service's own; up to 2048 texts. Raises: the proxy's own errors."""
        ...

    async def models(self, asker: Identity) -> Sequence[OfferedModel]:
        """Those that the asker may ask for, by id. Raises: the proxy's own errors."""
        ...

    async def usage(self, asker: Identity) -> UsageFigures:
        """Of the asker's own use; of the whole tenant's for staff. Raises: the proxy's own errors."""
        ...

    async def healthy(self) -> bool:
        """Whether the proxy answers."""
        ...

    async def close(self) -> None:
        """Releases connections."""
        ...
