"""The routes of alerts: look for trouble now, see what there is, say that one has seen it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.domain.alerts import Alert, AlertKind, AlertState
from banyan.assistant.ports.alert_store import AlertStore
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.check_alerts import CheckAlerts
from banyan.assistant.usecases.require_staff import require_staff
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAllowed, NotFound, RateLimited
from banyan.kernel.identity import Identity, Role

Caller = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")
_WHOLE = frozenset({Role.ADMIN, Role.SERVICE, Role.MODERATOR})
_BETWEEN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class AlertServices:
    """looked: when somebody had a tenant looked at last."""

    store: AlertStore
    check: CheckAlerts
    platform: LearningPlatform
    clock: Clock
    looked: dict[str, datetime] = field(default_factory=dict)


class AlertBody(BaseModel):
    """course: null for what is about the whole tenant. until: when a pause or its probe ends."""

    id: str
    kind: AlertKind
    course: str | None
    state: AlertState
    message: str
    opened_at: datetime
    until: datetime | None
    closed_at: datetime | None
    reason: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


class AlertsBody(BaseModel):
    """Newest first."""

    alerts: list[AlertBody]


def alert_fields(alert: Alert) -> dict[str, Any]:
    """As `AlertBody`."""
    return {
        "id": alert.id,
        "kind": alert.kind,
        "course": alert.course or None,
        "state": alert.state,
        "message": alert.message,
        "opened_at": alert.opened,
        "until": alert.until,
        "closed_at": alert.closed,
        "reason": alert.reason or None,
        "acknowledged_by": alert.acknowledged_by or None,
        "acknowledged_at": alert.acknowledged_at,
    }


def alert_routes(services: AlertServices) -> APIRouter:
    """Of the assistant."""
    router = APIRouter(route_class=RuledRoute, tags=["alerts"], prefix="/api/v1")

    @router.post("/tasks/check-alerts", openapi_extra=_STAFF, response_model=AlertsBody, summary="Look for trouble now")
    async def check(caller: Caller) -> Response:
        """Needs the role admin or service; once in ten seconds. It is done every minute anyway."""
        if not caller.roles & {Role.ADMIN, Role.SERVICE} or _narrowed(caller):
            raise NotAllowed("This needs the role admin or service; wait a minute, it is done by itself.")
        now, last = services.clock.now(), services.looked.get(caller.tenant)
        if last is not None and now - last < _BETWEEN:
            wait = (last + _BETWEEN - now).total_seconds()
            raise RateLimited("Trouble was looked for just now; wait a few seconds.", retry_after=wait)
        if len(services.looked) > 10_000:
            services.looked.clear()
        services.looked[caller.tenant] = now
        await services.check.check(caller.tenant)
        found = await services.store.page(caller.tenant, closed=False, limit=1000)
        return json_response({"alerts": [alert_fields(one) for one in found]})

    @router.get("/alerts", openapi_extra=_STAFF, response_model=AlertsBody, summary="List alerts, newest first")
    async def page(
        caller: Caller,
        course: Annotated[Id | None, Query()] = None,
        closed: bool | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Of a course for its staff; all of them for whoever looks after the tenant."""
        if course is not None:
            await require_staff(services.platform, caller, course)
        elif not caller.roles & _WHOLE or _narrowed(caller):
            raise NotAllowed("Alerts of all courses are for admins; name a course that you teach.", param="course")
        found = await services.store.page(caller.tenant, course=course, closed=closed, limit=limit)
        return json_response({"alerts": [alert_fields(one) for one in found]})

    @router.post(
        "/alerts/{id}/acknowledge", openapi_extra=_STAFF, response_model=AlertBody, summary="Say that one has seen it"
    )
    async def acknowledge(id: str, caller: Caller) -> Response:
        alert = await services.store.get(caller.tenant, id)
        if alert is None or not await _may_see(services, caller, alert):
            raise NotFound(f"There is no alert {id[:100]!r}; GET /api/v1/alerts lists those there are.")
        await services.store.acknowledge(caller.tenant, id, caller.user, services.clock.now())
        return json_response(alert_fields(await services.store.get(caller.tenant, id) or alert))

    return router


async def _may_see(services: AlertServices, caller: Identity, alert: Alert) -> bool:
    if caller.roles & _WHOLE and not _narrowed(caller):
        return True
    if not alert.course:
        return False
    try:
        await require_staff(services.platform, caller, alert.course)
    except NotAllowed:
        return False
    return True


def _narrowed(caller: Identity) -> bool:
    return caller.grant is not None and caller.grant.courses is not None
