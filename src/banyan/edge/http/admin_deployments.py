"""`/admin/deployments`, `/admin/aliases`, `/admin/breakers`: which models there are, changed while the service runs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.edge.http.access import ADMIN, RuledRoute, identity_of
from banyan.edge.http.registry_bodies import (
    EntriesBody,
    EntryBody,
    HealthBody,
    HealthsBody,
    HistoryBody,
    RollbackBody,
    TrialBody,
    VersionBody,
    definition,
    entry_body,
    health_body,
    version_body,
)
from banyan.edge.http.versions import IfMatch, actor, expected_version
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import DEFAULT_TENANT, Identity
from banyan.proxy.domain.registry import Kind
from banyan.proxy.usecases.explain_route import ExplainRoute
from banyan.proxy.usecases.registry import Registry, Standing
from banyan.proxy.usecases.try_deployment import TryDeployment


def operator_of(admin: Annotated[Identity, Depends(identity_of)]) -> Identity:
    """Deployments belong to the whole installation, so admins of the tenant `default` set them up, or keys for all.

    Raises: NotAllowed.
    """
    if admin.tenant != DEFAULT_TENANT and (admin.grant is None or not admin.grant.all_tenants):
        raise NotAllowed("Models are set up by the operator's tenant; ask whoever runs the service.")
    return admin


Operator = Annotated[Identity, Depends(operator_of)]
Number = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An older version.")]


def registry_routes(registry: Registry, kind: Kind, trial: TryDeployment | None = None) -> APIRouter:
    """The routes of one kind. trial: where one of them can be tried."""
    plural = "deployments" if kind is Kind.DEPLOYMENT else "aliases"
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix=f"/admin/{plural}")
    one = f"{'a' if kind is Kind.DEPLOYMENT else 'an'} {kind}"

    @router.get("", openapi_extra=ADMIN, summary=f"Every {kind}, and where it comes from")
    async def entries(operator: Operator) -> EntriesBody:
        return EntriesBody(data=[entry_body(standing) for standing in registry.all(kind)])

    @router.get("/{name}", openapi_extra=ADMIN, summary=f"One {kind}, as it is or as it was", response_model=None)
    async def show(
        name: str, operator: Operator, response: Response, version: Number = None
    ) -> EntryBody | VersionBody:
        if version is not None:
            return version_body(await registry.version(kind, name, version))
        return _tagged(registry.one(kind, name), response)

    @router.put("/{name}", openapi_extra=ADMIN, summary=f"Set up or change {one}")
    async def put(
        name: str, body: dict[str, Any], operator: Operator, response: Response, if_match: IfMatch = "*"
    ) -> EntryBody:
        expected = expected_version(if_match)
        standing = await registry.put(kind, name, definition(body), actor(operator), expected=expected)
        return _tagged(standing, response)

    @router.delete("/{name}", openapi_extra=ADMIN, summary=f"Take {one} away; what the file says counts again")
    async def delete(name: str, operator: Operator, if_match: IfMatch = "*") -> VersionBody:
        expected = expected_version(if_match)
        return version_body(await registry.remove(kind, name, actor(operator), expected=expected))

    @router.get("/{name}/history", openapi_extra=ADMIN, summary=f"Every version of {one}, with who and when")
    async def history(name: str, operator: Operator) -> HistoryBody:
        return HistoryBody(data=[version_body(version) for version in await registry.history(kind, name)])

    @router.post("/{name}/rollback", openapi_extra=ADMIN, summary="Make an old version the newest one")
    async def roll_back(
        name: str, body: RollbackBody, operator: Operator, response: Response, if_match: IfMatch = "*"
    ) -> EntryBody:
        expected = expected_version(if_match)
        standing = await registry.roll_back(kind, name, body.version, actor(operator), expected=expected)
        return _tagged(standing, response)

    if trial is not None:

        @router.post("/{name}/test", openapi_extra=ADMIN, summary="Make one tiny call and say what happened")
        async def test(name: str, operator: Operator) -> TrialBody:
            found = await trial.test(name, operator.tenant, actor(operator))
            return TrialBody(
                deployment=name,
                ok=found.error is None,
                milliseconds=round(found.seconds * 1000),
                model=found.model or None,
                answer=found.answer,
                code=None if found.error is None else found.error.code,
                message=None if found.error is None else found.error.message,
            )

    return router


def breaker_routes(explain: ExplainRoute) -> APIRouter:
    """Circuit breakers, as this process has them."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/breakers")

    @router.get("", openapi_extra=ADMIN, summary="How every deployment does, as this process sees it")
    async def breakers(operator: Operator) -> HealthsBody:
        return HealthsBody(data=[health_body(health) for health in explain.health()])

    @router.post("/{name:path}/reset", openapi_extra=ADMIN, summary="Close a breaker, in this process")
    async def reset(name: str, operator: Operator) -> HealthBody:
        return health_body(explain.reset(name))

    return router


def _tagged(standing: Standing, response: Response) -> EntryBody:
    found = entry_body(standing)
    response.headers["ETag"] = f'"{found.version}"'
    return found
