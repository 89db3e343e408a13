"""What is ordered of study material, and how the material is shown."""

from typing import Any, Literal

import msgspec
from pydantic import BaseModel, Field

from banyan.assistant.domain.content_types import ContentType
from banyan.assistant.domain.material import Level, Material, Order, level_of
from banyan.assistant.domain.orders import MOST_ITEMS
from banyan.assistant.domain.reading_personas import read_persona
from banyan.assistant.domain.studying import Chunk
from banyan.edge.http.assistant_bodies import CitationBody
from banyan.edge.http.fields import Id, Name
from banyan.kernel.errors import InvalidInput
from banyan.kernel.messages import Message

_LONG, _SHORT = 20_000, 2000


class ChunkBody(BaseModel):
    """A part of a text. id: the caller's own; citations name it as `chunk_id`."""

    id: str = Field("", max_length=200)
    content: str = Field(max_length=4_000_000)


class SaidBody(BaseModel):
    """One message of a conversation before."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=_LONG)


class ContentBody(BaseModel):
    """An order: a lesson (`course` and `lesson`), or a text (`content` or `chunks`), and what is wanted of it."""

    course: Id | None = None
    lesson: Id | None = None
    content: str | None = Field(None, max_length=4_000_000, description="Markdown or plain text.")
    chunks: list[ChunkBody] | None = Field(None, max_length=5000)
    title: str = Field("", max_length=500)
    topic: str = Field("", max_length=_SHORT, description="What the material is to be about; all of it where empty.")
    subtopic: str = Field("", max_length=_SHORT)
    style: str = Field("", max_length=100)
    purpose: str = Field("", max_length=_SHORT)
    kinds: list[str] = Field(default_factory=list, max_length=20)
    count: int | None = Field(None, ge=1, le=MOST_ITEMS)
    difficulty: str = Field("", max_length=100, description="`beginner`, `intermediate` or `advanced`, or like words.")
    language: str = Field("", max_length=100, description="As in BCP 47; a model writes in it.")
    persona: Any = Field(None, description="Who it is for, in any of the known shapes; frames, never changes facts.")
    personalization: Literal["low", "medium", "high"] = "medium"
    model: Name | None = Field(None, description="Alias or `provider/model`; else the policy's.")
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, le=32_000)
    max_words: int | None = Field(None, ge=1, le=100_000)
    focus: list[str] = Field(default_factory=list, max_length=50)
    explanations: bool = True
    examples: bool = True
    practice: bool = False
    message: str = Field("", max_length=_LONG, description="For `chat`: what is asked.")
    history: list[SaidBody] = Field(default_factory=list, max_length=1000)
    page: int | None = Field(None, ge=0, le=100_000)
    selection: str = Field("", max_length=_LONG)
    feedback: str = Field("", max_length=_LONG, description="What was wrong with an earlier answer.")
    use_cache: bool = True
    stream: bool = False

    def order(self, type: str) -> Order:
        """Raises: InvalidInput."""
        if self.content is not None and self.chunks is not None:
            raise InvalidInput("Send either `content` or `chunks`.", code="no_source", param="chunks")
        chunks = [Chunk("", self.content)] if self.content else []
        chunks += [Chunk(one.id, one.content) for one in self.chunks or ()]
        return Order(
            type=type,
            chunks=tuple(chunks),
            course=self.course or "",
            lesson=self.lesson or "",
            title=self.title,
            topic=self.topic,
            subtopic=self.subtopic,
            style=self.style,
            purpose=self.purpose,
            kinds=tuple(self.kinds),
            count=self.count,
            level=level_of(self.difficulty) or Level.INTERMEDIATE,
            language=self.language,
            persona=None if self.persona is None else read_persona(self.persona),
            personalization=self.personalization,
            model=self.model,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            max_words=self.max_words,
            focus=tuple(self.focus),
            explanations=self.explanations,
            examples=self.examples,
            practice=self.practice,
            message=self.message,
            history=tuple(Message(one.role, one.content) for one in self.history),
            page=self.page,
            selection=self.selection,
            feedback=self.feedback,
            use_cache=self.use_cache,
        )


class FaultBody(BaseModel):
    """An item that was left out or made anew."""

    item: str
    code: str
    reason: str


class GateBody(BaseModel):
    """What the quality gate found."""

    asked: int
    checked: int
    passed: int
    regenerated: int
    faults: list[FaultBody]


class MaterialBody(BaseModel):
    """What was made. body: by its `type`, with a citation at every item."""

    type: str
    title: str
    language: str
    body: dict[str, Any] = Field(
        description="`prose` {text, citations}, `summary` {style, points}, `quiz` {questions}, `cards` {cards}, "
        "`outline` {style, parts}, `examples` {examples} or `practice` {tasks}."
    )
    markdown: str = Field(description="The same as text.")
    model: str
    prompt: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None = None
    gate: GateBody
    notes: list[str]
    cached: bool
    personalization: dict[str, float]
    metrics: dict[str, float]
    extra: dict[str, Any]
    citations: list[CitationBody] = Field(description="All that the body rests on, in order.")


class TypeBody(BaseModel):
    """A content type. options: a JSON schema of what an order of it may say beside its source."""

    name: str
    description: str
    styles: list[str]
    kinds: list[str]
    usual: int = Field(description="Items where `count` is absent; 0 for what is not counted.")
    streams: bool = Field(description="Whether a model's text is told as it comes.")
    options: dict[str, Any]


class CatalogueBody(BaseModel):
    """Every content type."""

    types: list[TypeBody]


def material_fields(made: Material, markdown: str) -> dict[str, Any]:
    """As `MaterialBody`."""
    fields: dict[str, Any] = _bare(msgspec.to_builtins(made))
    return {**fields, "markdown": markdown, "citations": list(_citations(fields["body"]))}


def _bare(value: Any) -> Any:
    """Citations without the fields that do not apply to their source."""
    match value:
        case dict() if "quote" in value and "chunk_id" in value:
            return {name: one for name, one in value.items() if one is not None}
        case dict():
            return {name: _bare(one) for name, one in value.items()}
        case list() | tuple():
            return [_bare(one) for one in value]
        case _:
            return value


def _citations(value: Any) -> Any:
    found: dict[tuple[Any, ...], Any] = {}

    def walk(one: Any) -> None:
        match one:
            case dict() if "quote" in one and "chunk_id" in one:
                found.setdefault((one["chunk_id"], one["source"], one["start"], one["end"]), one)
            case dict():
                for each in one.values():
                    walk(each)
            case list():
                for each in one:
                    walk(each)

    walk(value)
    return found.values()


_SOURCE = ("course", "lesson", "content", "chunks", "title", "stream", "use_cache")
_CHAT = ("message", "history", "page", "selection")
_COUNTED = ("count",)


def type_fields(kind: ContentType) -> dict[str, Any]:
    """As `TypeBody`."""
    properties: dict[str, Any] = ContentBody.model_json_schema(ref_template="#/{model}")["properties"]
    left_out = {*_SOURCE, *(() if kind.name == "chat" else _CHAT), *(() if kind.usual else _COUNTED)}
    options = {name: one for name, one in properties.items() if name not in left_out and "$ref" not in str(one)}
    for name, values in (("style", kind.styles), ("kinds", kind.kinds)):
        if not values:
            options.pop(name)
    if kind.styles:
        options["style"] = {"type": "string", "enum": list(kind.styles), "default": kind.styles[0]}
    if kind.kinds:
        options["kinds"] = {"type": "array", "items": {"type": "string", "enum": list(kind.kinds)}}
    return {
        "name": kind.name,
        "description": kind.description,
        "styles": kind.styles,
        "kinds": kind.kinds,
        "usual": kind.usual,
        "streams": kind.streams,
        "options": {"type": "object", "properties": options},
    }
