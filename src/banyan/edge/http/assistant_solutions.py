"""The routes by which teachers keep solutions from learners."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from msgspec import structs
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.assistant.domain.solutions import LONGEST, MOST, Solution
from banyan.assistant.usecases.mark_solutions import Marked
from banyan.assistant.usecases.require_staff import require_staff
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")


class MarkedBody(BaseModel):
    """What must not be given away: its text, or its span in the lesson's plain text."""

    text: str = Field("", max_length=LONGEST)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    exercise: str = Field("", max_length=LONGEST, description="The task that it solves, in its own words or by name.")


class SolutionsBody(BaseModel):
    """All of a lesson's solutions."""

    solutions: list[MarkedBody] = Field(max_length=MOST)


class SolutionRow(BaseModel):
    """A solution that is kept. start, end: where it stood in the lesson when it was marked."""

    id: str
    text: str
    exercise: str
    start: int | None
    end: int | None
    by: str
    at: datetime


class SolutionRows(BaseModel):
    """All of a lesson's solutions."""

    solutions: list[SolutionRow]


class LeaksBody(BaseModel):
    """How well solutions are kept.

    tries: answers to questions about exercises with a kept solution. withheld: those of which something was kept
    back. leaked: answers that gave one away, found by looking at what is stored. unchecked: answers that were not
    looked at yet; each call looks at some of them, with what was said before them.
    """

    course: str
    since: datetime
    tries: int
    withheld: int
    leaked: int
    unchecked: int


def solution_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["solutions"], prefix="/api/v1/courses")
    place = "/{course}/lessons/{lesson}/solutions"

    @router.put(place, openapi_extra=_STAFF, response_model=SolutionRows, summary="Keep a lesson's solutions")
    async def put(course: Id, lesson: Id, body: SolutionsBody, asker: Asker) -> Response:
        """Makes these the solutions that learners are not given, in place of those before; for the course's staff."""
        marked = [Marked(one.text, one.start, one.end, one.exercise) for one in body.solutions]
        return _shown(await services.checks.mark.put(asker, course, lesson, marked))

    @router.get(place, openapi_extra=_STAFF, response_model=SolutionRows, summary="A lesson's kept solutions")
    async def show(course: Id, lesson: Id, asker: Asker) -> Response:
        """The solutions that learners are not given; for the course's staff."""
        return _shown(await services.checks.mark.show(asker, course, lesson))

    @router.delete(place, openapi_extra=_STAFF, response_model=SolutionRows, summary="Keep no solution of a lesson")
    async def clear(course: Id, lesson: Id, asker: Asker) -> Response:
        """Gives all of the lesson's solutions free; for the course's staff."""
        await services.checks.mark.clear(asker, course, lesson)
        return _shown(())

    @router.get(
        "/{course}/leaks", openapi_extra=_STAFF, response_model=LeaksBody, summary="How well solutions are kept"
    )
    async def leaks(course: Id, asker: Asker, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Response:
        """Tries, what was withheld, and what got out all the same; for the course's staff."""
        await require_staff(services.turns.platform, asker, course)
        since = services.clock.now() - timedelta(days=days)
        found = await services.checks.keep.leaks(services.gateway, asker, course, since)
        return json_response({"course": course, "since": since, **structs.asdict(found)})

    return router


def _shown(solutions: Sequence[Solution]) -> Response:
    rows = [
        {
            "id": one.id,
            "text": one.text,
            "exercise": one.exercise,
            "start": one.start,
            "end": one.end,
            "by": one.by,
            "at": one.at,
        }
        for one in solutions
    ]
    return json_response({"solutions": rows})
