"""What every service says about itself: health, readiness, metrics."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from banyan import __version__
from banyan.edge.http.access import PUBLIC, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.health import Health, Probe, Readiness, look_at_all
from banyan.edge.http.metrics import HttpMetrics
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import DEFAULT_TENANT, Identity


def service_routes(service: str, probes: Mapping[str, Probe], metrics: HttpMetrics) -> APIRouter:
    """Health, which is always open, and metrics, which are for staff. service: its name in all of them."""
    router = APIRouter(route_class=RuledRoute, tags=["service"])

    @router.get("/health", openapi_extra=PUBLIC, summary="Whether the process answers")
    async def health() -> Health:
        return Health(status="healthy", service=service, version=__version__)

    @router.get(
        "/health/ready",
        openapi_extra=PUBLIC,
        summary="Whether everything it leans on is there",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "Something that it cannot do without is missing."}},
    )
    async def ready() -> Response:
        found = await look_at_all(probes)
        return JSONResponse(found.model_dump(), 503 if found.status == "unavailable" else 200)

    @router.get(
        "/metrics",
        openapi_extra=within(STAFF, "metrics"),
        summary="Figures for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
    )
    async def figures(caller: Annotated[Identity, Depends(identity_of)]) -> Response:
        if caller.tenant != DEFAULT_TENANT and not (caller.grant is not None and caller.grant.all_tenants):
            raise NotAllowed("The figures are of all tenants; ask with a key of the tenant default.")
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
