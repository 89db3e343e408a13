"""How much is indexed, for the reports of a tutor that runs elsewhere."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.proxy.usecases.browse import Browse

Caller = Annotated[Identity, Depends(identity_of)]
Course = Annotated[Id | None, Query(description="Without it all courses, which needs a key for all.")]
_STAFF = within(STAFF, "rag")


class CoverageRow(BaseModel):
    """A lesson's chunks, and how many of them have vectors."""

    course: str
    lesson: str = Field(description="Empty for what belongs to the whole course.")
    chunks: int
    embedded: int


class CoverageAnswer(BaseModel):
    """By course and lesson."""

    coverage: list[CoverageRow]


class EmbeddedRow(BaseModel):
    """Chunks that were indexed on the day and have vectors."""

    day: date
    chunks: int


class EmbeddedAnswer(BaseModel):
    """Days that have any, in order."""

    days: list[EmbeddedRow]


def stock_routes(browse: Browse) -> APIRouter:
    """Both of them, for staff."""
    router = APIRouter(route_class=RuledRoute, tags=["rag"], prefix="/v1/rag")

    @router.get("/coverage", openapi_extra=_STAFF, response_model=CoverageAnswer, summary="What has vectors")
    async def coverage(caller: Caller, course: Course = None) -> Response:
        """By course and lesson."""
        _check(caller, course)
        found = await browse.coverage(caller.tenant, course)
        return json_response({"coverage": [_row(one) for one in found]})

    @router.get("/embedded", openapi_extra=_STAFF, response_model=EmbeddedAnswer, summary="Chunks with vectors by day")
    async def embedded(
        caller: Caller,
        since: Annotated[date, Query(alias="from", description="Within, in UTC.")],
        until: Annotated[date, Query(alias="to", description="Within, in UTC.")],
        course: Course = None,
    ) -> Response:
        """By the day on which they were indexed."""
        _check(caller, course)
        found = await browse.embedded(caller.tenant, course, since, until)
        return json_response({"days": [{"day": day, "chunks": chunks} for day, chunks in found]})

    return router


def _check(caller: Identity, course: str | None) -> None:
    if course is not None:
        caller.check_course(course)
    elif caller.grant is not None and caller.grant.courses is not None:
        raise InvalidInput("This key is for some courses only; name one of them in `course`.", param="course")


def _row(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CoverageRow.model_fields}
