"""The routes by which a platform says who is in a course."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from starlette.responses import Response

from banyan.assistant.domain.roster import Member
from banyan.assistant.usecases.require_staff import require_staff
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, Name, json_response
from banyan.kernel.errors import InvalidInput, NotFound
from banyan.kernel.identity import Identity, Role

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")


class MemberBody(BaseModel):
    """Somebody in the course."""

    model_config = ConfigDict(extra="forbid")

    user: Id
    name: Name | None = Field(None, description="As classmates know them; kept from providers.")
    role: Role = Role.LEARNER
    minor: StrictBool | None = Field(None, description="null where nobody knows.")


class RosterBody(BaseModel):
    """Everybody in the course."""

    model_config = ConfigDict(extra="forbid")

    members: list[MemberBody] = Field(max_length=20_000)


def roster_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the book."""
    router = APIRouter(route_class=RuledRoute, tags=["rosters"], prefix="/api/v1/courses/{course}/roster")

    @router.put("", openapi_extra=_STAFF, response_model=RosterBody, summary="Say who is in a course")
    async def put(course: Id, body: RosterBody, asker: Asker) -> Response:
        """Takes the place of the roster before; in force in every process within a second.

        With a roster, instructors teach only the courses that name them as staff, and where the policy has
        `require_enrolment` only people of the roster may ask.
        """
        turns = services.turns
        await require_staff(turns.platform, asker, course)
        members = [Member(one.user, one.name or "", one.role.value, one.minor) for one in body.members]
        if len({member.user for member in members}) < len(members):
            raise InvalidInput("Somebody is in the roster twice; name everybody once.", param="members")
        await turns.rosters.put(asker.tenant, course, members, asker.user)
        return _shown(members)

    @router.get("", openapi_extra=_STAFF, response_model=RosterBody, summary="Who is in a course")
    async def roster(course: Id, asker: Asker) -> Response:
        """As it was put."""
        turns = services.turns
        await require_staff(turns.platform, asker, course)
        found = await turns.rosters.roster(asker.tenant, course)
        if found is None:
            raise _unknown()
        return _shown(list(found.values()))

    @router.delete("", openapi_extra=_STAFF, status_code=204, summary="Forget who is in a course")
    async def remove(course: Id, asker: Asker) -> Response:
        """What tokens say of people is believed again."""
        turns = services.turns
        await require_staff(turns.platform, asker, course)
        if not await turns.rosters.remove(asker.tenant, course):
            raise _unknown()
        return Response(status_code=204)

    return router


def _unknown() -> NotFound:
    return NotFound("The course has no roster; send one with PUT.", code="no_roster")


def _shown(members: list[Member]) -> Response:
    rows = [{"user": one.user, "name": one.name or None, "role": one.role, "minor": one.minor} for one in members]
    return json_response({"members": rows})
