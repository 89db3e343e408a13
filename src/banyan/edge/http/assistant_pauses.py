"""Pausing the tutor in a course, and what anybody may know of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from banyan.assistant.domain.policy_versions import Pause
from banyan.assistant.usecases.require_staff import require_staff
from banyan.edge.http.access import PUBLIC, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id
from banyan.edge.http.guests import asker_or_guest
from banyan.edge.http.policy_bodies import AssistantBody, PauseBody, PauseWish, pause_body
from banyan.edge.http.versions import actor
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_RULE = within(STAFF, "tutor")


def pause_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the use cases."""
    router = APIRouter(route_class=RuledRoute, tags=["policy"], prefix="/api/v1/courses/{course}")
    policy = services.policy

    @router.get("/pause", openapi_extra=_RULE, summary="Whether the tutor is paused in the course")
    async def show(course: Id, asker: Asker) -> PauseBody:
        await require_staff(policy.platform, asker, course)
        await policy.book.refresh()
        return pause_body(policy.book.pause_of(asker.tenant, course))

    @router.put("/pause", openapi_extra=_RULE, summary="Pause the tutor in the course")
    async def pause(course: Id, asker: Asker, body: PauseWish | None = None) -> PauseBody:
        """It answers nobody there until somebody of the course's staff ends the pause."""
        await require_staff(policy.platform, asker, course)
        paused: Pause = await policy.change.pause(asker.tenant, course, body.reason if body else "", actor(asker))
        return pause_body(paused)

    @router.delete("/pause", openapi_extra=_RULE, summary="End the pause of the course")
    async def resume(course: Id, asker: Asker) -> PauseBody:
        """The tutor answers again, unless it is switched off as well. Nothing happens where there is no pause."""
        await require_staff(policy.platform, asker, course)
        await policy.change.resume(asker.tenant, course, actor(asker))
        return pause_body(None)

    @router.get("/assistant", openapi_extra=PUBLIC, summary="Whether the tutor answers in the course")
    async def assistant(course: Id, request: Request) -> AssistantBody:
        """For guests too. Where anything cannot be found out, it says that the tutor does not answer."""
        shown = await policy.show(await asker_or_guest(request), course)
        return AssistantBody(
            course=course,
            enabled=shown.enabled,
            code=shown.code or None,
            reason=shown.reason or None,
            streaming=shown.streaming,
            mode=shown.mode.value,
        )

    return router
