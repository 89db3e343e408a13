"""Health as the clients of LEARN-X and its scripts ask for it; `/health` and `/metrics` are `service_routes`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from banyan import __version__
from banyan.edge.http.access import PUBLIC, RuledRoute
from banyan.edge.http.health import DependencyState, Probe, Readiness, look_at_all

_SERVICE = "Banyan AI Assistant"
_PARTS = {"ai": ("proxy",), "queue": ("jobs", "database"), "embeddings": ("proxy",)}
"""What each script asks about, by our names of dependencies."""
_COMPONENTS = {"database": "database", "queue": "jobs", "ai_provider": "proxy"}
_WORDS = {"ok": "healthy", "degraded": "degraded", "down": "unhealthy"}


class Alive(BaseModel):
    """The process is up. environment: there is one build for all of them."""

    status: Literal["healthy"]
    service: str
    version: str
    environment: str
    timestamp: datetime


class Component(BaseModel):
    """One thing that the service leans on. error: one plain sentence with the next step where it is not healthy."""

    status: Literal["healthy", "degraded", "unhealthy"]
    error: str | None = None


class Detailed(BaseModel):
    """`degraded` where any component is not healthy; always with status 200."""

    status: Literal["healthy", "degraded"]
    service: str
    version: str
    environment: str
    timestamp: datetime
    components: dict[str, Component]


class Ready(BaseModel):
    """Whether requests can be served."""

    ready: bool


class PartHealth(BaseModel):
    """How one part does."""

    status: Literal["healthy", "degraded", "unhealthy"]
    service: str
    reason: str


def health_routes(probes: Mapping[str, Probe]) -> APIRouter:
    """All of them are open to everybody."""
    router = APIRouter(route_class=RuledRoute, tags=["LEARN-X"])

    @router.get("/api/v1/health", openapi_extra=PUBLIC, summary="Whether the process answers, as LEARN-X asks")
    async def health() -> Alive:
        return Alive(**_about(), status="healthy")

    @router.get("/api/v1/health/detailed", openapi_extra=PUBLIC, summary="How everything is that it leans on")
    async def detailed() -> Detailed:
        found = await look_at_all(probes)
        components = {name: _component(found, ours) for name, ours in _COMPONENTS.items()}
        sound = all(state.status == "ok" for state in found.dependencies.values())
        return Detailed(**_about(), status="healthy" if sound else "degraded", components=components)

    @router.get(
        "/api/v1/ready",
        openapi_extra=PUBLIC,
        summary="Whether requests can be served",
        response_model=Ready,
        responses={503: {"model": Ready, "description": "Something that it cannot do without is missing."}},
    )
    async def ready() -> Response:
        is_ready = (await look_at_all(probes)).status != "unavailable"
        return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)

    @router.get(
        "/health/{part}",
        openapi_extra=PUBLIC,
        summary="How one part does",
        response_model=PartHealth,
        responses={503: {"model": PartHealth, "description": "The part is not there."}},
    )
    async def of_part(part: Literal["ai", "queue", "embeddings"]) -> Response:
        asked = {name: probes[name] for name in _PARTS[part] if name in probes}
        states = (await look_at_all(asked)).dependencies.values()
        worst = max((state.status for state in states), key=list(_WORDS).index, default="ok")
        reason = next((state.reason for state in states if state.status == worst), "")
        body = {"status": _WORDS[worst], "service": part, "reason": reason}
        return JSONResponse(body, 503 if worst == "down" else 200)

    return router


def _about() -> dict[str, Any]:
    return {
        "service": _SERVICE,
        "version": __version__,
        "environment": "production",
        "timestamp": datetime.now(UTC),
    }


def _component(found: Readiness, name: str) -> Component:
    state = found.dependencies.get(name, DependencyState(status="ok", reason=""))
    return Component.model_validate({"status": _WORDS[state.status], "error": state.reason or None})
