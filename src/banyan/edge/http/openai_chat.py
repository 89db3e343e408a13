"""POST /v1/chat/completions: a plain ASGI endpoint, because every request of every learner comes through here.

It decodes the few fields that route a request and passes all others on as bytes. `document` describes it in the
OpenAPI document, where the framework cannot see it.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from banyan.edge.http.access import ANYONE, IDENTITY, ROUTE, admit, within
from banyan.edge.http.body import decode_fields, off_the_loop, read_body
from banyan.edge.http.callers import cache_wish, caller_of, trace_headers
from banyan.edge.http.errors import ERROR_RESPONSES
from banyan.edge.http.metrics import COURSE
from banyan.edge.http.sse import UntilClientLeaves, send_events
from banyan.kernel.identity import Identity
from banyan.proxy.domain.accounting import Trace
from banyan.proxy.domain.chat_request import read_chat_request
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.usecases.complete import Complete

PATH = "/v1/chat/completions"
_SCHEMAS = "#/components/schemas/{model}"


class ChatCompletions:
    """Stands before an application and answers this one path itself."""

    def __init__(self, app: ASGIApp, complete: Complete, door: Door = OPEN) -> None:
        self._app = app
        self._complete = complete
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = PATH
        if scope["method"] != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
        await admit(scope, "anyone", "chat")
        identity: Identity = scope[IDENTITY]
        wish = cache_wish(scope)
        request = read_chat_request(await off_the_loop(decode_fields, await read_body(scope, receive)), wish)
        scope[COURSE] = request.course
        if request.course is not None:
            identity.check_course(request.course)
        identity.check_model(request.model or self._complete.default_model)
        if not identity.is_staff:
            await self._door.answers(identity, request.course, request.lesson)
        trace = Trace()
        caller = caller_of(scope, request.course)
        if request.stream:
            answer = self._complete.stream(caller, request, trace)
            await send_events(answer, scope, receive, send, headers=lambda: trace_headers(trace))
            return
        async with UntilClientLeaves(receive):
            body = await self._complete.complete(caller, request, trace)
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
            headers += trace_headers(trace)
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})


class _Open(BaseModel):
    """Fields that are not named here pass through."""

    model_config = ConfigDict(extra="allow")


class ContentPart(_Open):
    """A piece of a message. Parts of type `text` have `text`; others are the provider's business."""

    type: str
    text: str = ""


class ChatMessage(_Open):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None


class ChatCompletionRequest(_Open):
    """Everything that the OpenAI API takes, and the course that the answer is to rest on."""

    model: str | None = Field(None, description="As GET /v1/models lists them; the settings' default where absent.")
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    course: str | None = Field(None, description="Ground the answer in this course; it then carries `citations`.")
    chapter: str | None = None
    lesson: str | None = Field(None, description="The lesson that is open; needs `course`.")


class CitationBody(BaseModel):
    """What `[index]` in an answer points at. `quote` is the lesson's plain text from `start` to `end`."""

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
    url: str | None = None
    page: int | None = None
    slide: int | None = None
    seconds: tuple[int, int] | None = None
    version: int = Field(0, description="Of the source, in which the span is measured.")


class ChatAnswer(_Open):
    """The assistant's message."""

    role: str
    content: str | None = None


class ChatChoice(_Open):
    """One of the answers."""

    index: int
    message: ChatAnswer
    finish_reason: str | None


class ChatCompletion(_Open):
    """An OpenAI chat completion; with `citations` where a course was named."""

    id: str
    object: str
    created: int
    model: str
    choices: list[ChatChoice]
    citations: list[CitationBody] | None = None


def document(openapi: dict[str, Any]) -> None:
    """Adds the endpoint to an OpenAPI document, which has the schema of errors already."""
    _, schemas = models_json_schema(
        [(ChatCompletionRequest, "validation"), (ChatCompletion, "validation")], ref_template=_SCHEMAS
    )
    openapi["components"]["schemas"].update(schemas["$defs"])
    answer = {"$ref": _SCHEMAS.format(model="ChatCompletion")}
    errors = {"application/json": {"schema": {"$ref": _SCHEMAS.format(model="ErrorBody")}}}
    openapi["paths"][PATH] = {
        "post": {
            **within(ANYONE, "chat"),
            "tags": ["chat"],
            "summary": "Answer a chat completion, plain or streamed",
            "operationId": "create_chat_completion",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": _SCHEMAS.format(model="ChatCompletionRequest")}}},
            },
            "responses": {
                "200": {
                    "description": "The completion; with `stream`, its chunks as events that end in `[DONE]`.",
                    "content": {"application/json": {"schema": answer}, "text/event-stream": {}},
                },
                **{
                    str(status): {"description": response["description"], "content": errors}
                    for status, response in ERROR_RESPONSES.items()
                },
            },
        }
    }
