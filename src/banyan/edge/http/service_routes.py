"""What every service says about itself: health, readiness, metrics."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from banyan import __version__
from banyan.edge.http.access import PUBLIC, STAFF, RuledRoute, identity_of, within
from banyan.edge.http.health import Health, Probe, Readiness, look_at_all
from banyan.edge.http.metrics import HttpMetrics
from banyan.kernel.errors import NotAllowed
from banyan.kernel.identity import DEFAULT_TENANT, Identity


class Figures(BaseModel):
    """The service since it began; a figure that nothing was measured for yet is 0.

    average_response_time: seconds. error_rate: of answers with a status from 500 on. cache_hit_rate: of study material
    that was asked for. requests_per_minute: those of the last 60 seconds.
    """

    requests_total: int
    requests_per_minute: float
    average_response_time: float
    error_rate: float
    cache_hit_rate: float


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
        summary="Figures for Prometheus, or a few of them as JSON",
        response_class=Response,
        responses={
            200: {
                "content": {"text/plain": {}, "application/json": {"schema": Figures.model_json_schema()}},
                "description": "Prometheus' text format; JSON where `Accept` names it first.",
            }
        },
    )
    async def figures(
        caller: Annotated[Identity, Depends(identity_of)], accept: Annotated[str, Header()] = "*/*"
    ) -> Response:
        if caller.tenant != DEFAULT_TENANT and not (caller.grant is not None and caller.grant.all_tenants):
            raise NotAllowed("The figures are of all tenants; ask with a key of the tenant default.")
        if _prefers_json(accept):
            return JSONResponse(Figures(**metrics.summary()).model_dump())
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _prefers_json(accept: str) -> bool:
    """Whether JSON is named, and before text; Prometheus names only formats of its own."""
    kinds = [one.split(";")[0].strip().lower() for one in accept.split(",")]
    ours = [kind for kind in kinds if kind in ("application/json", "text/plain")]
    return ours[:1] == ["application/json"]
