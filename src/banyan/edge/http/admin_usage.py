"""What was used, and what it cost: sums and single attempts, as JSON or CSV; and what an operator should look at."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from banyan.edge.http.access import ADMIN, ANYONE, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.fields import json_response
from banyan.edge.http.usage_bodies import FIGURES, AttemptBody, UsageLine, attempt_fields, csv_text, figures, usage_line
from banyan.kernel.errors import InvalidInput, NotAllowed
from banyan.kernel.identity import DEFAULT_TENANT, Identity, Role
from banyan.proxy.domain.alarms import Alarm
from banyan.proxy.domain.usage import FILTERS, GROUPS, UsageQuery, read_groups
from banyan.proxy.ports.usage import Usage
from banyan.proxy.usecases.show_usage import ShowUsage

MOST = 10_000
"""Lines of one answer."""
EVERYBODY = "*"
_STAFF = within(STAFF, "admin")


class UsageAnswer(BaseModel):
    """The total, and one line for each group."""

    total: UsageLine
    lines: list[UsageLine]
    truncated: bool = Field(description="Whether there are more lines than asked for.")


class AttemptsAnswer(BaseModel):
    """The newest first. next: what to send as `after` for those behind; None at the end."""

    attempts: list[AttemptBody]
    next: str | None


class AlarmBody(BaseModel):
    """What an operator should act on."""

    kind: str
    subject: str
    message: str
    source: str


class AlarmsAnswer(BaseModel):
    """All of them."""

    alarms: list[AlarmBody]


class Asked:
    """The parameters that every question to the ledger takes."""

    def __init__(
        self,
        caller: Annotated[Identity, Depends(identity_of)],
        since: Annotated[datetime | None, Query(description="From this time on; UTC without a zone.")] = None,
        until: Annotated[datetime | None, Query(description="Before this time.")] = None,
        tenant: Annotated[
            str | None,
            Query(description="Another tenant, or `*` for all; for admins of the tenant `default` alone."),
        ] = None,
        course: str | None = None,
        user: str | None = None,
        key: str | None = None,
        deployment: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        task: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        request_id: str | None = None,
    ) -> None:
        values = (course, deployment, key, kind, model, provider, request_id, status, task, user)
        filters = {name: value for name, value in zip(FILTERS, values, strict=True) if value is not None}
        _within_grant(caller, course)
        self.query = UsageQuery(_tenant(caller, tenant), _aware(since), _aware(until), filters)


def usage_routes(usage: Usage) -> APIRouter:
    """Reading the ledger: staff see their own tenant, admins of the tenant `default` any."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/usage")

    @router.get(
        "",
        openapi_extra=_STAFF,
        response_model=UsageAnswer,
        summary="What was used and what it cost, added up",
        responses={200: {"content": {"text/csv": {}}}},
    )
    async def sums(
        asked: Annotated[Asked, Depends()],
        group: Annotated[str, Query(description=f"Comma list of {', '.join(GROUPS)}.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
        accept: Annotated[str, Header()] = "application/json",
    ) -> Response:
        groups = read_groups(group, "group")
        [total] = await usage.sums(asked.query, (), 1)
        found = await usage.sums(asked.query, groups, limit + 1) if groups else []
        if "text/csv" in accept:
            return _csv([*groups, *FIGURES], ([*one.group, *figures(one).values()] for one in found or [total]))
        lines = [usage_line(groups, one) for one in found[:limit]]
        return json_response({"total": usage_line((), total), "lines": lines, "truncated": len(found) > limit})

    @router.get(
        "/attempts",
        openapi_extra=_STAFF,
        response_model=AttemptsAnswer,
        summary="Single attempts, the newest first",
        responses={200: {"content": {"text/csv": {}}}},
    )
    async def attempts(
        asked: Annotated[Asked, Depends()],
        after: Annotated[str | None, Query(description="`next` of the answer before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        accept: Annotated[str, Header()] = "application/json",
    ) -> Response:
        found = await usage.attempts(asked.query, after, limit + 1)
        rows = [attempt_fields(one) for one in found[:limit]]
        if "text/csv" in accept:
            return _csv(list(AttemptBody.model_fields), (row.values() for row in rows))
        return json_response({"attempts": rows, "next": rows[-1]["id"] if len(found) > limit else None})

    return router


class OwnLine(BaseModel):
    """Of one provider or model. seconds: of all attempts together. usd: of those whose price is known."""

    name: str
    attempts: int
    failed: int
    tokens: int
    seconds: float
    usd: float


class OwnUsage(BaseModel):
    """breakers: of providers, by name; the worst state of their models'. users: how many people there were."""

    providers: list[OwnLine]
    models: list[OwnLine]
    breakers: dict[str, Literal["closed", "half_open", "open"]]
    users: int


def own_usage_routes(show: ShowUsage) -> APIRouter:
    """What the caller used; staff see their whole tenant."""
    router = APIRouter(route_class=RuledRoute, tags=["models"])

    @router.get("/v1/usage", openapi_extra=ANYONE, summary="What you used, by provider and model")
    async def own(caller: Annotated[Identity, Depends(identity_of)]) -> OwnUsage:
        return OwnUsage.model_validate(await show(caller))

    return router


def alarm_routes(alarms: Callable[[], Awaitable[Sequence[Alarm]]]) -> APIRouter:
    """What an operator should act on."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/alarms")

    @router.get(
        "",
        openapi_extra=ADMIN,
        response_model=AlarmsAnswer,
        summary="Prices that no longer hold, and models that are going away",
    )
    async def all_alarms() -> Response:
        return json_response({"alarms": [asdict(one) for one in await alarms()]})

    return router


def _tenant(caller: Identity, wanted: str | None) -> str | None:
    if wanted is None or wanted == caller.tenant:
        return caller.tenant
    if Role.ADMIN not in caller.roles or caller.tenant != DEFAULT_TENANT:
        raise NotAllowed("Usage of other tenants is for admins of the tenant default; leave `tenant` out.")
    return None if wanted == EVERYBODY else wanted


def _within_grant(caller: Identity, course: str | None) -> None:
    if caller.grant is not None and caller.grant.courses is not None:
        if course is None:
            raise InvalidInput("This key is for some courses only; name one of them in `course`.", param="course")
        caller.check_course(course)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput("`since` and `until` are times from the year 1 to 9999 in UTC; correct them.") from error


def _csv(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> Response:
    return Response(csv_text(head, rows), media_type="text/csv; charset=utf-8")
