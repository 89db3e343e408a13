"""Personas as LEARN-X's clients send them, and how far a text suits one (W15, W16)."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from banyan.assistant.usecases.persona_book import PersonaBook
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Caller = Annotated[Identity, Depends(identity_of)]
_RULE = within(ANYONE, "tutor")


class _Learner(StringConvertor):
    """Nobody is called `score`: that path is another one."""

    regex = "(?!score$)[^/]+"


register_url_convertor("learner", _Learner())


class PersonaUpdated(BaseModel):
    """version: of what is kept now."""

    success: bool
    user_id: str
    version: int


class ScoreBody(BaseModel):
    """content_type: of any name; the score is computed from the content alone."""

    user_id: Id
    content: str = Field(max_length=2_000_000)
    content_type: str = Field("", max_length=200)


class ScoreShown(BaseModel):
    """Each 0 to 1; 0 where the persona says nothing of a dimension. overall: the mean of those that it speaks of."""

    overall: float
    professional_context: float
    personal_interests: float
    learning_style: float
    content_preferences: float
    communication_tone: float


def persona_routes(book: PersonaBook) -> APIRouter:
    """Both, and the score under the name that the older service had for it."""
    router = APIRouter(route_class=RuledRoute, tags=["learnx"])

    @router.put(
        "/persona/{user_id:learner}",
        openapi_extra=_RULE,
        response_model=PersonaUpdated,
        summary="Change a learner's persona",
    )
    async def update(
        user_id: Id,
        body: Annotated[dict[str, Any], Body(description="A partial persona, in any shape.")],
        caller: Caller,
    ) -> Response:
        """What the body does not name stays; a field that is null or empty is taken back."""
        kept = await book.merge(caller, user_id, body)
        return json_response({"success": True, "user_id": user_id, "version": kept.version})

    async def score(body: ScoreBody, caller: Caller) -> Response:
        """Computed from what stands in the text, with no model."""
        return json_response(await book.score(caller, body.user_id, body.content))

    for path in ("/persona/score", "/content/personalization/score"):
        router.add_api_route(
            path,
            score,
            methods=["POST"],
            openapi_extra=_RULE,
            response_model=ScoreShown,
            summary="How far a text suits a learner",
        )
    return router
