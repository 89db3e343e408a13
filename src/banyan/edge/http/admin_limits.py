"""`/admin/limits`: requests, tokens and calls at a time of users and tenants; those of a key are the key's own."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from banyan.edge.http.access import ADMIN, RuledRoute, identity_of
from banyan.edge.http.admin_keys import LimitsBody
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.proxy.domain.keys import LimitRule, Limits
from banyan.proxy.usecases.manage_keys import ManageKeys

Admin = Annotated[Identity, Depends(identity_of)]


class LimitRuleBody(LimitsBody):
    """Limits of the tenant, of one user, or of each user. All of them null: nothing is limited."""

    kind: Literal["user", "tenant"]
    subject: str = Field("", max_length=200, description="The user; empty for each user, and for the tenant.")


class LimitRulesBody(BaseModel):
    """Every rule of the tenant."""

    limits: list[LimitRuleBody]


def limit_routes(manage: ManageKeys) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/limits")

    @router.get("", openapi_extra=ADMIN, summary="Limits of the tenant and its users")
    async def limits(admin: Admin) -> LimitRulesBody:
        return LimitRulesBody(limits=[_body(rule) for rule in await manage.rules(admin.tenant)])

    @router.put("", openapi_extra=ADMIN, summary="Set the limits of the tenant, a user, or each user")
    async def put(body: LimitRuleBody, admin: Admin) -> LimitRuleBody:
        if body.kind == "tenant" and body.subject:
            raise InvalidInput("The limits of a tenant have no subject; leave it out.", param="subject")
        limits = Limits(body.requests_per_minute, body.tokens_per_minute, body.parallel)
        rule = LimitRule(admin.tenant, body.kind, body.subject, limits)
        await manage.put_rule(rule)
        return _body(rule)

    return router


def _body(rule: LimitRule) -> LimitRuleBody:
    limits = rule.limits
    return LimitRuleBody(
        kind=rule.kind,
        subject=rule.subject,
        requests_per_minute=limits.requests_per_minute,
        tokens_per_minute=limits.tokens_per_minute,
        parallel=limits.parallel,
    )
