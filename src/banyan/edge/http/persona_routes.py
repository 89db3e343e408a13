"""The routes of what learners say of themselves."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.domain.persona import Persona
from banyan.assistant.domain.reading_personas import read_persona
from banyan.assistant.ports.persona_store import KeptPersona
from banyan.assistant.usecases.persona_book import PersonaBook
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Caller = Annotated[Identity, Depends(identity_of)]
_RULE = within(ANYONE, "tutor")
_SHAPES = "A persona in any shape: the fields as GET shows them, the five groups, or the older flat forms."
Sent = Annotated[dict[str, Any], Body(description=_SHAPES)]


class PersonaFields(BaseModel):
    """Fields that somebody said; what is not there is not known. `other`: what was sent under names of its own."""

    role: str = ""
    field: str = ""
    industry: str = ""
    goals: list[str] = []
    experience_years: float | None = None
    level: str = ""
    expertise: list[str] = []
    interests: list[str] = []
    secondary_interests: list[str] = []
    topics: list[str] = []
    style: str = ""
    second_style: str = ""
    style_strength: float | None = None
    density: str = ""
    examples_per_concept: int | None = None
    summary_style: str = ""
    detail: str = ""
    repetition: str = ""
    tone: str = ""
    encouragement: str = ""
    humor: bool | None = None
    technical_comfort: float | None = None
    language: str = ""
    accessibility: list[str] = []
    other: dict[str, str] = {}


class PersonaShown(BaseModel):
    """version: 0 and updated_at null where nothing is kept. updated_by: who wrote it."""

    user: str
    version: int
    updated_at: datetime | None
    updated_by: str
    persona: PersonaFields


class PersonaHistory(BaseModel):
    """The newest first, at most 20."""

    versions: list[PersonaShown]


def persona_routes(book: PersonaBook) -> APIRouter:
    """Of the assistant."""
    router = APIRouter(route_class=RuledRoute, tags=["people"], prefix="/api/v1/users/{user}/persona")

    @router.get("", openapi_extra=_RULE, response_model=PersonaShown, summary="What a learner said of themselves")
    async def show(user: Id, caller: Caller) -> Response:
        """One's own; of others for the roles admin and service. Where nothing is kept, an empty one of version 0."""
        return json_response(_shown(user, await book.kept(caller, user)))

    @router.put("", openapi_extra=_RULE, response_model=PersonaShown, summary="Replace it")
    async def put(user: Id, body: Sent, caller: Caller) -> Response:
        """What the body does not name is gone; texts are kept as one line of plain text."""
        return json_response(_shown(user, await book.put(caller, user, read_persona(body))))

    @router.patch("", openapi_extra=_RULE, response_model=PersonaShown, summary="Change parts of it")
    async def change(user: Id, body: Sent, caller: Caller) -> Response:
        """What the body does not name stays; a field that is null or empty is taken back."""
        return json_response(_shown(user, await book.merge(caller, user, body)))

    @router.delete("", openapi_extra=_RULE, status_code=204, summary="Take it back")
    async def remove(user: Id, caller: Caller) -> Response:
        """With all its earlier states."""
        await book.delete(caller, user)
        return Response(status_code=204)

    @router.get("/history", openapi_extra=_RULE, response_model=PersonaHistory, summary="Its last states")
    async def history(user: Id, caller: Caller) -> Response:
        """With who wrote each."""
        return json_response({"versions": [_shown(user, kept) for kept in await book.history(caller, user)]})

    return router


def _shown(user: str, kept: KeptPersona | None) -> dict[str, Any]:
    return {
        "user": user,
        "version": 0 if kept is None else kept.version,
        "updated_at": None if kept is None else kept.at,
        "updated_by": "" if kept is None else kept.by,
        "persona": msgspec.to_builtins(Persona() if kept is None else kept.persona),
    }
