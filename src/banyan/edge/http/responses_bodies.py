"""What the Responses API takes and gives, for the OpenAPI document; items and tools are read by the domain."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from banyan.edge.http.fields import Id
from banyan.edge.http.openai_chat import CitationBody


class ResponseBody(BaseModel):
    """Everything that can be done over chat completions; fields that are not named here pass through."""

    model_config = ConfigDict(extra="allow")

    model: str | None = Field(None, description="As GET /v1/models lists them; the settings' default where absent.")
    input: str | list[dict[str, Any]] = Field(
        description="A text, or items: message, function_call, function_call_output; reasoning is not read."
    )
    instructions: str | None = Field(None, description="Goes before the conversation; is not carried over.")
    previous_response_id: str | None = Field(None, description="Continue the conversation that this response ended.")
    tools: list[dict[str, Any]] | None = Field(None, description="Of the type function; hosted tools are refused.")
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    text: dict[str, Any] | None = Field(None, description="`format`: text, json_object or json_schema; `verbosity`.")
    reasoning: dict[str, Any] | None = Field(None, description="`effort`, for models that know it.")
    max_output_tokens: int | None = Field(None, ge=1)
    max_tool_calls: int | None = Field(None, ge=1, description="Counts hosted tools, of which there are none.")
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    top_logprobs: int | None = Field(None, ge=0, le=20)
    include: list[str] | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = Field(None, description="false keeps nothing.")
    stream: bool | None = None
    truncation: Literal["auto", "disabled"] | None = None
    user: str | None = None
    background: bool | None = Field(None, description="true is refused.")
    course: Id | None = Field(None, description="Ground the answer in this course; it then carries `citations`.")
    chapter: str | None = None
    lesson: Id | None = Field(None, description="The lesson that is open; needs `course`.")


class ResponseAnswer(BaseModel):
    """A response object; with `citations` where a course was named."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["completed", "incomplete", "failed", "in_progress"]
    model: str
    output: list[dict[str, Any]]
    error: dict[str, Any] | None
    incomplete_details: dict[str, Any] | None
    usage: dict[str, Any] | None
    citations: list[CitationBody] | None = None


class DeletedBody(BaseModel):
    """A response that is gone."""

    id: str
    object: Literal["response"]
    deleted: bool


class InputItemsBody(BaseModel):
    """A page of items."""

    object: Literal["list"]
    data: list[dict[str, Any]]
    first_id: str | None
    last_id: str | None
    has_more: bool
