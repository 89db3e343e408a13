"""Content and completions as PythonAIClient asks for them (W2, W3), and the streamed explanation beside them."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.content import CONTENT
from banyan.assistant.domain.material import Material, Order
from banyan.assistant.domain.outline_prompts import read_outline_prompt
from banyan.assistant.domain.studying import Chunk
from banyan.assistant.ports.model_gateway import AnswerDone, Sampling, TextDelta
from banyan.assistant.usecases.talk_freely import TalkFreely
from banyan.edge.http.access import ANYONE, identity_of, within
from banyan.edge.http.learnx.bodies import (
    Difficulty,
    Metadata,
    PersonaFields,
    Said,
    Short,
    Temperature,
    Text,
    Tokens,
    UsageBody,
    UserId,
    level,
    tokens,
)
from banyan.edge.http.learnx.desk import Desk, WireRoute
from banyan.edge.http.learnx.shapes import subject_of, text_of, usage_fields, used
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Message

Caller = Annotated[Identity, Depends(identity_of)]
RULE = within(ANYONE, "tutor")
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
_TYPES = {
    "explain": "explanation",
    "summarize": "summary",
    "flashcard": "flashcards",
    "cards": "flashcards",
    "example": "examples",
    "intro": "introduction",
}
_QUOTING = "banyan/extractive"


class GenerateBody(BaseModel):
    """Material of a text. content_type: what nobody knows is an explanation."""

    content: Text
    content_type: Short
    topic: Short | None = None
    difficulty: Difficulty = "intermediate"
    persona: PersonaFields = None
    model: Short | None = None
    temperature: Temperature = 0.7
    max_tokens: Tokens | None = None
    stream: bool = True
    user_id: UserId | None = None
    content_metadata: Metadata = Field(default_factory=dict)


class Generated(BaseModel):
    """content: Markdown; for `outline` one JSON object."""

    content: str
    content_type: str
    model: str
    usage: UsageBody
    notes: list[str]


class Explained(BaseModel):
    """content: Markdown."""

    content: str
    cached: bool


class CompleteBody(BaseModel):
    """Messages that bring all that the model is to know."""

    messages: list[Said] = Field(min_length=1, max_length=1000)
    model: Short | None = None
    temperature: Temperature = 0.7
    max_tokens: Tokens | None = None
    top_p: float = Field(1.0, ge=0, le=1)
    frequency_penalty: float = Field(0, ge=-2, le=2)
    presence_penalty: float = Field(0, ge=-2, le=2)
    stop: list[str] | None = Field(None, max_length=16)
    stream: bool = False
    user_id: UserId | None = None
    preferred_providers: list[Short] | None = None


class Completion(BaseModel):
    """usage: as the provider counted."""

    id: str
    model: str
    content: str
    finish_reason: str
    usage: UsageBody
    created: int


def type_of(name: str) -> str:
    """Our content type for the older name."""
    named = name.strip().casefold().replace("-", "_")
    named = _TYPES.get(named, named)
    return named if named in CONTENT.names else "explanation"


def ai_routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"], prefix="/api/v1/ai")

    @router.post(
        "/generate-content",
        openapi_extra=RULE,
        response_model=Generated,
        responses=STREAM,
        summary="Make study material of a text",
    )
    async def generate(body: GenerateBody, caller: Caller, http: Request) -> Response:
        """As events unless `stream` is false: `{content, type}`, then `{done, total_length, metadata}`, `[DONE]`."""
        learner = desk.learner(caller, body.user_id)
        order = await order_of(desk, learner, body)
        if body.stream:
            return await desk.events(
                http, learner, lambda: generated_events(desk, learner, order, body.content_type), comments=True
            )

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            fields = {"content": text_of(made, order), "content_type": body.content_type, "model": made.model}
            return {**fields, "usage": used(made), "notes": made.notes}

        return await desk.answer(http, learner, whole)

    @router.post(
        "/explain/stream",
        openapi_extra=RULE,
        response_model=Explained,
        responses=STREAM,
        summary="Explain a text as it is made",
    )
    async def explain(body: GenerateBody, caller: Caller, http: Request) -> Response:
        """As `generate-content`."""
        learner = desk.learner(caller, body.user_id)
        order = await order_of(desk, learner, body)
        if body.stream:
            return await desk.events(
                http, learner, lambda: generated_events(desk, learner, order, body.content_type), comments=True
            )

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            return {"content": text_of(made, order), "cached": made.cached}

        return await desk.answer(http, learner, whole)

    @router.post(
        "/complete",
        openapi_extra=RULE,
        response_model=Completion,
        responses=STREAM,
        summary="Answer messages that are about no course",
    )
    async def complete(body: CompleteBody, caller: Caller, http: Request) -> Response:
        """With `stream` as events: `{content}`, then `{done, total_length, metadata}`, `[DONE]`."""
        learner = desk.learner(caller, body.user_id)
        if body.stream:
            return await desk.events(http, learner, lambda: _completion_events(desk, learner, body), comments=True)

        async def whole() -> dict[str, Any]:
            return await completed(desk, learner, body)

        return await desk.answer(http, learner, whole)

    return router


async def order_of(desk: Desk, learner: Identity, body: GenerateBody) -> Order:
    """The order that the body means. Raises: InvalidInput."""
    kind, text, style = type_of(body.content_type), body.content, ""
    if kind == "outline":
        prompt = read_outline_prompt(text)
        text, style = prompt.document, prompt.style
    model = await desk.names.chat(learner, body.model)
    topic = body.topic or ""
    return Order(
        type=kind,
        chunks=(Chunk("", text),) if text.strip() else (),
        title=topic.removeprefix("Document:").strip() if topic.startswith("Document:") else "",
        topic=subject_of(topic),
        style=style,
        level=level(body.difficulty),
        persona=await desk.persona(learner, body.persona, body.user_id),
        model=None if model is None else model.id,
        temperature=body.temperature,
        max_tokens=tokens(body.max_tokens, body.content_metadata),
        message=text if kind == "chat" else "",
    )


async def generated_events(
    desk: Desk, learner: Identity, order: Order, content_type: str
) -> AsyncGenerator[bytes, None]:
    """`{content, type}` for each piece, and `{done}` at the end. An outline comes in one piece, because it is JSON."""
    length = 0
    async with aclosing(desk.stream(learner, order)) as pieces:
        async for piece in pieces:
            said = ""
            if isinstance(piece, str):
                said = "" if order.type == "outline" else piece
            elif order.type == "outline" or not length:
                said = text_of(piece, order)
            if said:
                length += len(said)
                yield msgspec.json.encode({"content": said, "type": content_type})
            if isinstance(piece, Material):
                yield finish(length, piece.model, used(piece))


def finish(length: int, model: str, usage: dict[str, int]) -> bytes:
    """The last event before `[DONE]`."""
    metadata = {"model": model, "usage": usage}
    return msgspec.json.encode({"done": True, "total_length": length, "metadata": metadata})


async def talk(desk: Desk, learner: Identity, body: CompleteBody) -> AsyncGenerator[TextDelta | AnswerDone, None]:
    """The answer to messages: by a model, or where there is none by quoting what the messages bring.

    Raises: InvalidInput, and what `TalkFreely` and `Generate` raise.
    """
    if not any(said.role == "user" and said.content.strip() for said in body.messages):
        raise InvalidInput("No message of a user says anything; send one.", param="messages")
    generate = desk.services.generate
    free = TalkFreely(generate.gateway, generate.parts, generate.door, generate.model)
    named = await desk.names.chat(learner, body.model, body.preferred_providers or ())
    model = await free.usual(learner, None if named is None else named.id)
    messages = [Message(said.role, said.content) for said in body.messages]
    if model == _QUOTING or (named is not None and named.quotes):
        made = await desk.make(learner, _quoting(messages))
        yield TextDelta(text_of(made, _quoting(messages)))
        yield AnswerDone("stop", made.model, made.prompt_tokens, made.completion_tokens)
        return
    learner.check_model(model)
    sampling = Sampling(
        temperature=body.temperature,
        max_tokens=tokens(body.max_tokens),
        top_p=None if body.top_p == 1 else body.top_p,
        frequency_penalty=body.frequency_penalty or None,
        presence_penalty=body.presence_penalty or None,
        stop=tuple(body.stop or ()),
    )
    async with aclosing(free(learner, messages, model, sampling)) as events:
        async for event in events:
            yield event


def _quoting(messages: list[Message]) -> Order:
    """Everything that was said before the last question is the text to quote from."""
    last = max(at for at, one in enumerate(messages) if one.role == "user")
    brought = [one.content for one in messages[:last] if one.content.strip()]
    return Order(
        type="chat",
        chunks=tuple(Chunk(str(number), text) for number, text in enumerate(brought)),
        message=messages[last].content,
    )


async def completed(desk: Desk, learner: Identity, body: CompleteBody) -> dict[str, Any]:
    """The whole answer. Raises: as `talk`."""
    pieces: list[str] = []
    done = AnswerDone("stop", "", 0, 0)
    async with aclosing(talk(desk, learner, body)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            else:
                done = event
    return {
        "id": new_id("cmpl"),
        "model": done.model,
        "content": "".join(pieces),
        "finish_reason": done.finish_reason or "stop",
        "usage": usage_fields(done.prompt_tokens, done.completion_tokens),
        "created": int(time.time()),
    }


async def _completion_events(desk: Desk, learner: Identity, body: CompleteBody) -> AsyncGenerator[bytes, None]:
    length = 0
    async with aclosing(talk(desk, learner, body)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                length += len(event.text)
                yield msgspec.json.encode({"content": event.text})
            else:
                usage = usage_fields(event.prompt_tokens, event.completion_tokens)
                yield finish(length, event.model, usage)
