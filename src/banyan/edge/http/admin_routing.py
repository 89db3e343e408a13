"""`/admin/explain` and `/admin/courses/{course}/zone`: where calls would go, and where they may."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from banyan.edge.http.access import ADMIN, RuledRoute, identity_of
from banyan.edge.http.registry_bodies import (
    ExplanationBody,
    ZoneBody,
    ZonesBody,
    ZoneWish,
    explanation_body,
    zone_body,
)
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.kernel.ids import check_id
from banyan.proxy.domain.accounting import CHAT
from banyan.proxy.domain.registry import checked_zone, is_word
from banyan.proxy.domain.routing import Wish
from banyan.proxy.usecases.explain_route import ExplainRoute
from banyan.proxy.usecases.registry import Registry

Admin = Annotated[Identity, Depends(identity_of)]
NEEDS = ("tools", "json_schema", "vision", "embeddings")


def wish_of(task: str, zone: str | None, needs: frozenset[str]) -> Wish:
    """Raises: InvalidInput for what is no kind of task, zone or need."""
    if not is_word(task):
        raise InvalidInput("`task` is one word of small letters, such as quiz; correct it.", param="task")
    if not needs <= set(NEEDS):
        raise InvalidInput(f"`needs` takes a comma list of {', '.join(NEEDS)}; correct it.", param="needs")
    return Wish(task, None if zone is None else checked_zone(zone), needs)


def explain_routes(explain: ExplainRoute) -> APIRouter:
    """The one route."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"])

    @router.get("/admin/explain", openapi_extra=ADMIN, summary="Who would be asked, in which order, and why")
    async def explanation(
        admin: Admin,
        model: str,
        task: str = CHAT,
        course: str | None = None,
        zone: str | None = None,
        needs: Annotated[str, Query(description=f"A comma list of {', '.join(NEEDS)}.")] = "",
    ) -> ExplanationBody:
        wanted = frozenset(part.strip() for part in needs.split(",") if part.strip())
        if course is not None:
            check_id(course, "course")
        return explanation_body(explain.explain(admin.tenant, model, wish_of(task, zone, wanted), course))

    return router


def zone_routes(registry: Registry) -> APIRouter:
    """Data zones of the courses of the admin's tenant."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/courses")

    @router.get("/zones", openapi_extra=ADMIN, summary="Every course that is bound to a data zone")
    async def zones(admin: Admin) -> ZonesBody:
        return ZonesBody(data=[zone_body(zone) for zone in registry.zones(admin.tenant)])

    @router.get("/{course}/zone", openapi_extra=ADMIN, summary="The data zone of a course")
    async def zone(course: str, admin: Admin) -> ZoneBody:
        return zone_body(registry.zone(admin.tenant, course))

    @router.put("/{course}/zone", openapi_extra=ADMIN, summary="Bind a course to a data zone")
    async def put(course: str, body: ZoneWish, admin: Admin) -> ZoneBody:
        check_id(course, "course")
        return zone_body(await registry.put_zone(admin.tenant, course, checked_zone(body.zone), admin.user))

    @router.delete("/{course}/zone", openapi_extra=ADMIN, status_code=204, summary="Let a course go to every zone")
    async def delete(course: str, admin: Admin) -> None:
        await registry.remove_zone(admin.tenant, course)

    return router
