"""What the bodies of the wire have in common; unknown fields are passed over, as the older service did."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from banyan.assistant.domain.material import Level, level_of

MOST_TEXT = 4_000_000
MOST_TOKENS = 8192
"""Of an answer, whatever is asked for."""


def _level(word: str) -> str:
    if level_of(word) is None:
        raise PydanticCustomError("unknown_difficulty", "choose beginner, intermediate or advanced")
    return word


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _or_nothing(value: object) -> object:
    return {} if value is None else value


Text = Annotated[str, Field(max_length=MOST_TEXT)]
Short = Annotated[str, Field(max_length=2000)]
UserId = Annotated[
    str,
    BeforeValidator(_text),
    Field(max_length=200),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 200}, {"type": "integer"}]}),
]
Difficulty = Annotated[
    str,
    AfterValidator(_level),
    Field(
        max_length=40,
        description="`beginner`, `intermediate`, `advanced`; also `easy`, `medium`, `hard`, `expert`.",
        json_schema_extra={"enum": ["beginner", "intermediate", "advanced", "easy", "medium", "hard", "expert"]},
    ),
]
Temperature = Annotated[float, Field(ge=0, le=2)]
Tokens = Annotated[int, Field(ge=1, description=f"More than {MOST_TOKENS} are {MOST_TOKENS}.")]
PersonaFields = Annotated[dict[str, Any] | None, Field(description="In any of the known shapes; null for none.")]


def level(word: str) -> Level:
    """The level that was meant."""
    return level_of(word) or Level.INTERMEDIATE


def tokens(wanted: int | None, metadata: dict[str, Any] | None = None) -> int | None:
    """The most that an answer may have: what stands in the metadata goes first, within bounds."""
    inside = (metadata or {}).get("max_tokens")
    if isinstance(inside, int | float) and not isinstance(inside, bool) and inside >= 1:
        wanted = int(min(inside, MOST_TOKENS))
    return None if wanted is None else min(wanted, MOST_TOKENS)


class Said(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


class UsageBody(BaseModel):
    """Tokens of the model that wrote it; 0 where none did."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


Metadata = Annotated[
    dict[str, Any],
    BeforeValidator(_or_nothing),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "null"}]}),
]
