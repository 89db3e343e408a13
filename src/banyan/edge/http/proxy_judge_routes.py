"""POST /v1/rag/covers: whether a course covers a question."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity
from banyan.kernel.messages import Message
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.usecases.judge import Judge


class Said(BaseModel):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=100_000)


class CoversBody(BaseModel):
    """A conversation that ends with the question; what was said before resolves "and why?"."""

    course: Id
    lesson: Id | None = None
    messages: list[Said] = Field(min_length=1, max_length=200)


class CoversAnswer(BaseModel):
    """`covered` is null where nobody can tell, as of thanks, or of a question in another language than the course."""

    covered: bool | None


def judge_routes(judge: Judge, door: Door = OPEN) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.post(
        "/covers",
        openapi_extra=within(ANYONE, "rag"),
        response_model=CoversAnswer,
        summary="Whether the course covers a question",
    )
    async def covers(body: CoversBody, caller: Annotated[Identity, Depends(identity_of)]) -> Response:
        caller.check_course(body.course)
        await door.answers(caller, body.course, body.lesson)
        scope = Scope(caller.tenant, body.course, body.lesson, for_learners=not caller.is_staff)
        covered = await judge(scope, [Message(one.role, one.content) for one in body.messages])
        return json_response({"covered": covered})

    return router
