"""What the proxy says about itself: health, metrics, models."""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from banyan import __version__
from banyan.edge.http.access import ANYONE, PUBLIC, STAFF, RuledRoute
from banyan.edge.http.health import Health, Probe, Readiness, look_at_all
from banyan.edge.http.metrics import HttpMetrics
from banyan.proxy.usecases.list_models import ListModels, ModelCard

_SERVICE = "ai-proxy"


class ModelBody(BaseModel):
    """OpenAI's model object, and what the model can do."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str
    capabilities: list[str]
    dimensions: int | None = None


class ModelsBody(BaseModel):
    """OpenAI's list."""

    object: str = "list"
    data: list[ModelBody]


def service_routes(probes: Mapping[str, Probe], metrics: HttpMetrics) -> APIRouter:
    """Health, which is always open, and metrics, which are for staff."""
    router = APIRouter(route_class=RuledRoute, tags=["service"])

    @router.get("/health", openapi_extra=PUBLIC, summary="Whether the process answers")
    async def health() -> Health:
        return Health(status="healthy", service=_SERVICE, version=__version__)

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
        openapi_extra=STAFF,
        summary="Figures for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
    )
    async def figures() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def model_routes(list_models: ListModels) -> APIRouter:
    """What can be asked for."""
    router = APIRouter(route_class=RuledRoute, tags=["models"], prefix="/v1/models")

    @router.get("", openapi_extra=ANYONE, summary="Every model that can be asked for", response_model_exclude_none=True)
    async def models() -> ModelsBody:
        return ModelsBody(data=[_body(card) for card in await list_models.all()])

    @router.get("/{id:path}", openapi_extra=ANYONE, summary="One model", response_model_exclude_none=True)
    async def model(id: str) -> ModelBody:
        return _body(await list_models.one(id))

    return router


def _body(card: ModelCard) -> ModelBody:
    return ModelBody(id=card.id, owned_by=card.owner, capabilities=list(card.capabilities), dimensions=card.dimensions)
