"""What the older service offered beside what its clients call: outlines, chats, quizzes, summaries and cards."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.content.markdown import as_markdown
from banyan.assistant.domain.material import Material, Order, Outline
from banyan.assistant.domain.studying import Chunk
from banyan.edge.http.learnx.ai import RULE, STREAM, Caller
from banyan.edge.http.learnx.bodies import (
    Difficulty,
    PersonaFields,
    Said,
    Short,
    Temperature,
    Text,
    UsageBody,
    UserId,
    level,
)
from banyan.edge.http.learnx.desk import Desk, WireRoute
from banyan.edge.http.learnx.shapes import (
    cards_of,
    full_card,
    kind_of,
    questions_of,
    quiz_question,
    subject_of,
    topics_of,
    used,
)
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Message

_LAST = 5
"""Messages of a conversation that a chat looks back on."""
_CARDS = {"definition", "concept", "example"}
_STYLES = {"brief", "comprehensive", "key_points", "executive"}


class OutlineBody(BaseModel):
    """An outline of a text. file_id: of the platform; nothing is looked up by it."""

    file_id: Short
    user_id: UserId
    content: Text | None = None
    difficulty: Difficulty = "intermediate"
    num_topics: int = Field(5, ge=1, le=20)
    subtopics_per_topic: int = Field(5, ge=1, le=20)
    stream: bool = True


class Outlined(BaseModel):
    """Topics with five steps each."""

    outline: dict[str, list[dict[str, Any]]]
    model: str
    usage: UsageBody


class ChatContext(BaseModel):
    """What the chat is about."""

    file_content: Text | None = None
    previous_messages: list[Said] = Field(default_factory=list, max_length=1000)


class ChatStartBody(BaseModel):
    """A question. Nothing is stored; whoever asks brings what was said before."""

    message: Text
    conversation_id: Short | None = None
    context: ChatContext | None = None
    user_id: UserId
    persona: PersonaFields = None
    stream: bool = True
    model: Short | None = None
    temperature: Temperature = 0.7


class ChatStarted(BaseModel):
    """message: the answer, as Markdown."""

    conversation_id: str
    message: str
    model: str
    usage: UsageBody


class StudyBody(BaseModel):
    """A text, and for whom."""

    content: Text
    topic: Short | None = None
    difficulty: Difficulty = "intermediate"
    user_id: UserId
    persona: PersonaFields = None


class QuizGenerateBody(StudyBody):
    """Types that nobody knows are multiple choice."""

    num_questions: int = Field(5, ge=1, le=100)
    question_types: list[Short] = Field(["multiple_choice", "true_false", "short_answer"], max_length=20)
    include_explanations: bool = True


class QuizGenerated(BaseModel):
    """metadata: what was asked for, and notes on what could not be had."""

    quiz: dict[str, Any]
    model: str
    usage: UsageBody
    metadata: dict[str, Any]


class SummaryGenerateBody(BaseModel):
    """max_length: words."""

    content: Text
    summary_type: Short = "comprehensive"
    max_length: int | None = Field(None, ge=20, le=20_000)
    focus_areas: list[Short] | None = Field(None, max_length=50)
    user_id: UserId
    persona: PersonaFields = None


class SummaryGenerated(BaseModel):
    """summary: `{content, type, word_count}`."""

    summary: dict[str, Any]
    model: str
    usage: UsageBody
    metadata: dict[str, Any]


class CardsGenerateBody(StudyBody):
    """Types of cards that nobody knows are left out."""

    num_cards: int = Field(10, ge=1, le=200)
    card_types: list[Short] = Field(["definition", "concept", "example"], max_length=20)


class CardsGenerated(BaseModel):
    """metadata: what was asked for, and notes on what could not be had."""

    flashcards: list[dict[str, Any]]
    model: str
    usage: UsageBody
    metadata: dict[str, Any]


def study_routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"], prefix="/api/v1/ai")

    @router.post(
        "/generate-outline", openapi_extra=RULE, response_model=Outlined, responses=STREAM, summary="Topics of a text"
    )
    async def outline(body: OutlineBody, caller: Caller, http: Request) -> Response:
        """As events unless `stream` is false: `{type: "topic", data}` each, then `{type: "complete"}`, `[DONE]`."""
        if not (body.content or "").strip():
            raise InvalidInput("Send the text of the file as `content`; files are not looked up.", param="content")
        learner = desk.learner(caller, body.user_id)
        order = Order(
            type="outline",
            chunks=_whole(body.content or ""),
            style="topics",
            count=body.num_topics,
            level=level(body.difficulty),
            persona=await desk.persona(learner, None, body.user_id),
        )
        if body.stream:
            return await desk.events(http, learner, lambda: _topic_events(desk, learner, order), comments=True)

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            return {"outline": {"topics": _topics(made)}, "model": made.model, "usage": used(made)}

        return await desk.answer(http, learner, whole)

    @router.post(
        "/chat/start", openapi_extra=RULE, response_model=ChatStarted, responses=STREAM, summary="Answer a question"
    )
    async def chat(body: ChatStartBody, caller: Caller, http: Request) -> Response:
        """As events unless `stream` is false: `conversation_start`, `message` each, `complete`, `[DONE]`."""
        learner = desk.learner(caller, body.user_id)
        context = body.context or ChatContext()
        model = await desk.names.chat(learner, body.model)
        order = Order(
            type="chat",
            chunks=_whole(context.file_content or ""),
            message=body.message,
            history=tuple(Message(one.role, one.content) for one in context.previous_messages[-_LAST:]),
            persona=await desk.persona(learner, body.persona, body.user_id),
            model=None if model is None else model.id,
            temperature=body.temperature,
        )
        conversation = body.conversation_id or new_id("conv")
        if body.stream:
            return await desk.events(
                http, learner, lambda: _chat_events(desk, learner, order, conversation), comments=True
            )

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            said = as_markdown(made.body) or " ".join(made.notes)
            return {"conversation_id": conversation, "message": said, "model": made.model, "usage": used(made)}

        return await desk.answer(http, learner, whole)

    @router.post("/quiz/generate", openapi_extra=RULE, response_model=QuizGenerated, summary="Questions on a text")
    async def quiz(body: QuizGenerateBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        kinds = tuple(dict.fromkeys(map(kind_of, body.question_types)))
        order = await _order(
            desk,
            learner,
            body,
            type="quiz",
            count=body.num_questions,
            kinds=kinds,
            explanations=body.include_explanations,
        )

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            questions = [quiz_question(one) for one in questions_of(made)]
            asked = {"num_questions": len(questions), "question_types": body.question_types}
            return {
                "quiz": {"title": made.title or body.topic or "Quiz", "questions": questions},
                "model": made.model,
                "usage": used(made),
                "metadata": {"difficulty": body.difficulty, **asked, "notes": made.notes},
            }

        return await desk.answer(http, learner, whole)

    @router.post("/summary/generate", openapi_extra=RULE, response_model=SummaryGenerated, summary="Sum up a text")
    async def summary(body: SummaryGenerateBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        style = body.summary_type.strip().casefold().replace("-", "_")
        order = Order(
            type="summary",
            chunks=_whole(body.content),
            style=style if style in _STYLES else "comprehensive",
            max_words=body.max_length,
            focus=tuple(body.focus_areas or ()),
            persona=await desk.persona(learner, body.persona, body.user_id),
        )

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            text = as_markdown(made.body)
            lengths = {"original_length": len(body.content), "summary_length": len(text)}
            return {
                "summary": {"content": text, "type": order.style, "word_count": len(text.split())},
                "model": made.model,
                "usage": used(made),
                "metadata": {"summary_type": order.style, **lengths, "notes": made.notes},
            }

        return await desk.answer(http, learner, whole)

    @router.post("/flashcards/generate", openapi_extra=RULE, response_model=CardsGenerated, summary="Cards on a text")
    async def cards(body: CardsGenerateBody, caller: Caller, http: Request) -> Response:
        learner = desk.learner(caller, body.user_id)
        kinds = tuple(one for one in dict.fromkeys(body.card_types) if one in _CARDS)
        order = await _order(desk, learner, body, type="flashcards", count=body.num_cards, kinds=kinds)

        async def whole() -> dict[str, Any]:
            made = await desk.make(learner, order)
            shown = [full_card(one) for one in cards_of(made)]
            asked = {"num_cards": len(shown), "difficulty": body.difficulty, "card_types": body.card_types}
            metadata = {**asked, "notes": made.notes}
            return {"flashcards": shown, "model": made.model, "usage": used(made), "metadata": metadata}

        return await desk.answer(http, learner, whole)

    return router


async def _order(desk: Desk, learner: Identity, body: StudyBody, **fields: Any) -> Order:
    return Order(
        chunks=_whole(body.content),
        topic=subject_of(body.topic),
        level=level(body.difficulty),
        persona=await desk.persona(learner, body.persona, body.user_id),
        **fields,
    )


def _topics(made: Material) -> list[dict[str, Any]]:
    return topics_of(made.body.parts) if isinstance(made.body, Outline) else []


async def _topic_events(desk: Desk, learner: Identity, order: Order) -> AsyncGenerator[bytes, None]:
    for topic in _topics(await desk.make(learner, order)):
        yield msgspec.json.encode({"type": "topic", "data": topic})
    yield msgspec.json.encode({"type": "complete"})


async def _chat_events(desk: Desk, learner: Identity, order: Order, conversation: str) -> AsyncGenerator[bytes, None]:
    begun, some = False, False
    async with aclosing(desk.stream(learner, order)) as pieces:
        async for piece in pieces:
            if not begun:
                begun = True
                yield msgspec.json.encode({"type": "conversation_start", "conversation_id": conversation})
            said = piece if isinstance(piece, str) else "" if some else as_markdown(piece.body) or " ".join(piece.notes)
            if said:
                some = True
                yield msgspec.json.encode({"type": "message", "content": said, "conversation_id": conversation})
    yield msgspec.json.encode({"type": "complete"})


def _whole(text: str) -> tuple[Chunk, ...]:
    return (Chunk("", text),) if text.strip() else ()
