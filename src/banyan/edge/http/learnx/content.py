"""Content as PythonContentClient asks for it, at the root (W8 to W14)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.content import CONTENT
from banyan.assistant.content.markdown import as_markdown
from banyan.assistant.domain.material import Level, Material, Order, level_of
from banyan.assistant.domain.studying import Chunk
from banyan.edge.http.learnx.ai import RULE, STREAM, Caller
from banyan.edge.http.learnx.bodies import Said, Short, Temperature, Text, Tokens, UserId, tokens
from banyan.edge.http.learnx.desk import ANONYMOUS, Desk, WireRoute
from banyan.edge.http.learnx.shapes import (
    card_fields,
    cards_of,
    content_question,
    examples_of,
    kind_of,
    questions_of,
    subject_of,
)
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Message

MOST_CHUNKS = 5000
MOST_EXAMPLES = 20
_PASSAGES = 12
_PROMPTS = (
    "Find a case of “{concept}” in your own surroundings, and say what makes it one.",
    "Think of a situation in which “{concept}” matters for a decision, and say how.",
    "Look for “{concept}” in your course, and put what you find there into your own words.",
    "Take a thing that you know well, and explain what “{concept}” means for it.",
    "Think of a case that looks like “{concept}” and is none, and say where the difference lies.",
)


class Personal(BaseModel):
    """For whom, by whom, and how. The persona is the one that is kept of the learner."""

    user_id: UserId = ANONYMOUS
    model: Short | None = None
    temperature: Temperature | None = None
    max_tokens: Tokens | None = None
    use_cache: bool = True
    personalization_level: Short = "medium"
    language: Short = ""


class ChunkBody(BaseModel):
    """A part of a text. score: how near it is to what is asked; the nearest come first."""

    id: str = Field("", max_length=1000)
    content: Text
    metadata: dict[str, Any] | None = None
    score: float = 1.0


class ExplanationBody(Personal):
    """What is to be explained."""

    chunks: list[ChunkBody] = Field(max_length=MOST_CHUNKS)
    topic: Short
    subtopic: Short | None = None
    current_level: Short = "foundation"
    include_examples: bool = True
    include_practice: bool = False
    stream: bool = True


class SummaryBody(Personal):
    """format: `key-points`, `comprehensive` or `visual-map`; what nobody knows is key points."""

    content: Text
    format: Short = "key-points"
    purpose: Short = "review"


class CardsBody(Personal):
    """Cards on a text."""

    content: Text
    topic: Short = "General"
    count: int = Field(10, ge=1, le=500)
    contextual_examples: bool = True
    difficulty_mix: bool = True


class QuizBody(Personal):
    """quiz_type: what nobody knows is multiple choice."""

    content: Text
    topic: Short = "General"
    quiz_type: Short = "multiple_choice"
    count: int = Field(5, ge=1, le=500)
    adaptive_difficulty: bool = True
    include_explanations: bool = True


class ChatBody(Personal):
    """A question, and what it is about."""

    message: Text
    context: list[Text] = Field(default_factory=list, max_length=MOST_CHUNKS)
    current_page: int | None = Field(None, ge=0, le=10**6)
    selected_text: Text | None = None
    conversation_history: list[Said] = Field(default_factory=list, max_length=1000)
    stream: bool = True


class IntroductionBody(BaseModel):
    """A topic and its text."""

    topic: Short
    content: Text
    user_id: UserId = ANONYMOUS
    model: Short | None = None


class ExamplesBody(BaseModel):
    """A concept; what the learner's courses say of it is looked up."""

    concept: str = Field(min_length=1, max_length=2000)
    user_id: UserId = ANONYMOUS
    count: int = Field(3, ge=1, le=MOST_EXAMPLES)
    model: Short | None = None


class CostInfo(BaseModel):
    """cost: US dollars; null where nobody knows."""

    model: str
    tokens: int
    cost: float | None


class PersonalizedContent(BaseModel):
    """Both kinds of figures are computed from the text and its source, each from 0 to 1."""

    content: str
    personalization_score: float
    quality_metrics: dict[str, float]
    cached: bool
    cost_info: CostInfo


class CardLine(BaseModel):
    """One card."""

    front: str
    back: str
    difficulty: str


class CardLines(BaseModel):
    """notes: why there are fewer than were asked for."""

    flashcards: list[CardLine]
    notes: list[str]


class QuizLine(BaseModel):
    """options: by letter, for multiple choice alone; then `answer` is the letter."""

    question: str
    type: str
    answer: str
    explanation: str
    difficulty: str
    options: dict[str, str] | None = None


class QuizLines(BaseModel):
    """notes: why there are fewer than were asked for."""

    questions: list[QuizLine]
    notes: list[str]


class ExampleLines(BaseModel):
    """As many as were asked for; where the courses have fewer, the rest are tasks to find some."""

    examples: list[str]


def content_routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"], prefix="/content")

    @router.post(
        "/explanation/stream",
        openapi_extra=RULE,
        response_class=Response,
        responses=STREAM,
        summary="Explain a topic, as it is made",
    )
    async def explanation(body: ExplanationBody, caller: Caller, http: Request) -> Response:
        """Events are `{content}`, then `[DONE]`."""
        learner = desk.learner(caller, body.user_id)
        nearest = sorted(body.chunks, key=lambda one: -one.score)
        order = await _order(
            desk,
            learner,
            body,
            type="explanation",
            chunks=tuple(Chunk(one.id, one.content) for one in nearest),
            topic=subject_of(body.topic),
            subtopic=body.subtopic or "",
            level=level_of(body.current_level) or Level.BEGINNER,
            examples=body.include_examples,
            practice=body.include_practice,
        )
        return await desk.events(http, learner, lambda: _texts(desk, learner, order), comments=False)

    @router.post("/summary", openapi_extra=RULE, response_model=PersonalizedContent, summary="Sum up a text")
    async def summary(body: SummaryBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        style = body.format.strip().casefold().replace("-", "_")
        style = style if style in CONTENT["summary"].styles else "key_points"
        order = await _order(
            desk, learner, body, type="summary", chunks=_whole(body.content), style=style, purpose=body.purpose
        )
        return await desk.answer(http, learner, lambda: _personalized(desk, learner, order))

    @router.post("/flashcards", openapi_extra=RULE, response_model=CardLines, summary="Cards on a text")
    async def cards(body: CardsBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        order = await _order(
            desk,
            learner,
            body,
            type="flashcards",
            chunks=_whole(body.content),
            topic=_general(body.topic),
            count=body.count,
            examples=body.contextual_examples,
        )

        async def work() -> dict[str, Any]:
            made = await desk.make(learner, order)
            return {"flashcards": [card_fields(one) for one in cards_of(made)], "notes": made.notes}

        return await desk.answer(http, learner, work)

    @router.post(
        "/quiz",
        openapi_extra=RULE,
        response_model=QuizLines,
        response_model_exclude_none=True,
        summary="A quiz on a text",
    )
    async def quiz(body: QuizBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        order = await _order(
            desk,
            learner,
            body,
            type="quiz",
            chunks=_whole(body.content),
            topic=_general(body.topic),
            kinds=(kind_of(body.quiz_type),),
            count=body.count,
            explanations=body.include_explanations,
        )

        async def work() -> dict[str, Any]:
            made = await desk.make(learner, order)
            shown = [content_question(one, body.quiz_type) for one in questions_of(made)]
            return {"questions": shown, "notes": made.notes}

        return await desk.answer(http, learner, work)

    @router.post(
        "/chat/stream",
        openapi_extra=RULE,
        response_class=Response,
        responses=STREAM,
        summary="Answer a question about what the request brings",
    )
    async def chat(body: ChatBody, caller: Caller, http: Request) -> Response:
        """Events are `{content}`, then `[DONE]`."""
        learner = desk.learner(caller, body.user_id)
        order = await _order(
            desk,
            learner,
            body,
            type="chat",
            chunks=tuple(Chunk(f"context_{at}", text) for at, text in enumerate(body.context) if text.strip()),
            message=body.message,
            page=body.current_page,
            selection=body.selected_text or "",
            history=tuple(Message(one.role, one.content) for one in body.conversation_history),
        )
        return await desk.events(http, learner, lambda: _texts(desk, learner, order), comments=False)

    @router.post("/introduction", openapi_extra=RULE, response_model=PersonalizedContent, summary="Lead into a topic")
    async def introduction(body: IntroductionBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        about = Personal(user_id=body.user_id, model=body.model)
        order = await _order(
            desk,
            learner,
            about,
            type="introduction",
            chunks=_whole(body.content),
            topic=subject_of(body.topic),
        )
        return await desk.answer(http, learner, lambda: _personalized(desk, learner, order))

    @router.post("/examples", openapi_extra=RULE, response_model=ExampleLines, summary="Examples of a concept")
    async def examples(body: ExamplesBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)

        async def work() -> dict[str, Any]:
            return {"examples": await _examples(desk, learner, body)}

        return await desk.answer(http, learner, work)

    return router


async def _order(desk: Desk, learner: Identity, body: Personal, **fields: Any) -> Order:
    model = await desk.names.chat(learner, body.model)
    return Order(
        persona=await desk.persona(learner, None, body.user_id),
        personalization=body.personalization_level,
        model=None if model is None else model.id,
        temperature=body.temperature,
        max_tokens=tokens(body.max_tokens),
        language=body.language,
        use_cache=body.use_cache,
        **fields,
    )


async def _texts(desk: Desk, learner: Identity, order: Order) -> AsyncGenerator[bytes, None]:
    some = False
    async with aclosing(desk.stream(learner, order)) as pieces:
        async for piece in pieces:
            said = piece if isinstance(piece, str) else "" if some else _readable(piece)
            if said:
                some = True
                yield msgspec.json.encode({"content": said})


async def _personalized(desk: Desk, learner: Identity, order: Order) -> dict[str, Any]:
    made = await desk.make(learner, order)
    return {
        "content": _readable(made),
        "personalization_score": made.personalization.get("overall", 0.0),
        "quality_metrics": made.metrics,
        "cached": made.cached,
        "cost_info": {
            "model": made.model,
            "tokens": made.prompt_tokens + made.completion_tokens,
            "cost": made.cost_usd,
        },
    }


async def _examples(desk: Desk, learner: Identity, body: ExamplesBody) -> list[str]:
    """Those that the learner's courses give; then tasks, because nothing is made up."""
    found: list[str] = []
    passages = await _passages(desk, learner, body.concept)
    if passages:
        about = Personal(user_id=body.user_id, model=body.model)
        fields: dict[str, Any] = {"chunks": passages, "topic": body.concept, "count": body.count}
        order = await _order(desk, learner, about, type="examples", **fields)
        try:
            found = examples_of(await desk.make(learner, order))
        except InvalidInput:
            found = []  # what the courses say is not for that
    rest = [_PROMPTS[at % len(_PROMPTS)].format(concept=body.concept) for at in range(body.count - len(found))]
    return [*found[: body.count], *rest]


async def _passages(desk: Desk, learner: Identity, concept: str) -> tuple[Chunk, ...]:
    """What the learner's courses say about it; not what only lies nearest."""
    found, _ = await desk.services.search_courses(
        learner, concept, course=None, lesson=None, limit=_PASSAGES, by_meaning=True
    )
    words = concept.casefold().split()
    return tuple(Chunk(one.chunk_id, one.quote) for one in found if any(word in one.quote.casefold() for word in words))


def _readable(made: Material) -> str:
    return as_markdown(made.body) or " ".join(made.notes)


def _whole(text: str) -> tuple[Chunk, ...]:
    return (Chunk("", text),) if text.strip() else ()


def _general(topic: str) -> str:
    return "" if topic == "General" else subject_of(topic)
