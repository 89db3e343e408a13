"""The routes that list what no longer holds."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, Name, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")


class StaleQuote(BaseModel):
    """Words that something rests on. now: start and end of the same words, where they stand elsewhere now."""

    lesson: str
    source: str
    quote: str
    start: int
    end: int
    version: int
    state: Literal["moved", "gone"]
    now: tuple[int, int] | None


class StaleRow(BaseModel):
    """What rests on them: `kind` is `answer`, `faq`, `draft` or `quiz`, and `item` its id there."""

    id: str
    kind: str
    item: str
    course: str
    title: str
    at: datetime
    quotes: list[StaleQuote]


class StaleBody(BaseModel):
    """The newest first."""

    stale: list[StaleRow]


class Dismissed(BaseModel):
    """What was taken off the list."""

    dismissed: str


def stale_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["stale"], prefix="/api/v1/stale")

    @router.get("", openapi_extra=_STAFF, response_model=StaleBody, summary="What no longer holds")
    async def stale(
        course: Id,
        asker: Asker,
        lesson: Annotated[Id | None, Query()] = None,
        kind: Annotated[Name | None, Query()] = None,
        moved: Annotated[bool, Query(description="Also what rests on words that stand elsewhere now.")] = False,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """Answers, FAQs, drafts and quizzes whose quoted words no longer stand in the course; for its staff."""
        found = await services.checks.stale.list(asker, course, lesson, kind, moved=moved, limit=limit)
        return json_response({"stale": [msgspec.to_builtins(one) for one in found]})

    @router.post("/{id}/dismiss", openapi_extra=_STAFF, response_model=Dismissed, summary="Take one off the list")
    async def dismiss(id: Id, asker: Asker) -> Response:
        """Takes it off the list for good; for the staff of its course."""
        await services.checks.stale.dismiss(asker, id)
        return json_response({"dismissed": id})

    return router
