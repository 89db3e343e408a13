"""The routes by which teachers close the assistant for an exam."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from banyan.assistant.domain.admission import LockRecord
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, Moment, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")


class LockBody(BaseModel):
    """An exam. Without anything: for all learners, from now on, until it is lifted."""

    model_config = ConfigDict(extra="forbid")

    learners: list[Id] | None = Field(None, min_length=1, max_length=10_000, description="null for all of the course.")
    since: Moment | None = Field(None, description="null for now.")
    until: Moment | None = Field(None, description="null until it is lifted.")
    reason: str = Field(
        "", max_length=500, pattern=r"^[^\x00]*$", description="For the record; learners do not see it."
    )


class LockRow(BaseModel):
    """An exam, and who closed the course and opened it again."""

    id: str
    course: str
    learners: list[str] | None
    since: datetime
    until: datetime | None
    reason: str
    by: str
    at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


class LocksBody(BaseModel):
    """The newest first; what is over or was lifted stays, as proof."""

    locks: list[LockRow]


class LiftedBody(BaseModel):
    """Ids of the locks that are no more."""

    lifted: list[str]


def exam_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the use cases."""
    router = APIRouter(route_class=RuledRoute, tags=["exams"], prefix="/api/v1/courses/{course}/lock")

    @router.put("", openapi_extra=_STAFF, response_model=LockRow, summary="Close the assistant for an exam")
    async def put(course: Id, body: LockBody, asker: Asker) -> Response:
        """Closes the assistant to learners in an exam: chat, history, sessions and lessons, in every process at once.

        An answer that is on its way to one of them ends with the notice `exam_lock`. Several locks may be in force at
        a time; the same one put twice is one. Staff of the course are not locked out.
        """
        record = await services.turns.exams.put(
            asker, course, learners=body.learners, since=body.since, until=body.until, reason=body.reason
        )
        return json_response(lock_fields(record))

    @router.get("", openapi_extra=_STAFF, response_model=LocksBody, summary="Exams of a course")
    async def locks(course: Id, asker: Asker) -> Response:
        """All there ever were, the newest first."""
        return json_response(
            {"locks": [lock_fields(record) for record in await services.turns.exams.all(asker, course)]}
        )

    @router.delete("", openapi_extra=_STAFF, response_model=LiftedBody, summary="Open the assistant again")
    async def lift(
        course: Id, asker: Asker, id: Annotated[Id | None, Query(description="Without it all are lifted.")] = None
    ) -> Response:
        """Lifts one lock, or all of the course."""
        return json_response({"lifted": await services.turns.exams.lift(asker, course, id)})

    return router


def lock_fields(record: LockRecord) -> dict[str, Any]:
    """As `LockRow`."""
    lock = record.lock
    return {
        "id": lock.id,
        "course": record.course,
        "learners": None if lock.learners is None else sorted(lock.learners),
        "since": lock.since,
        "until": lock.until,
        "reason": lock.reason,
        "by": record.by,
        "at": record.at,
        "lifted_by": record.lifted_by or None,
        "lifted_at": record.lifted_at,
    }
