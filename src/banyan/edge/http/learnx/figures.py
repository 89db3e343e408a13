"""Models, figures and caches as PythonAIClient asks for them (W6, W7)."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.ports.model_gateway import OfferedModel, Used
from banyan.edge.http.access import STAFF, within
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.learnx.ai import RULE, Caller
from banyan.edge.http.learnx.desk import Desk, WireRoute


class ModelLine(BaseModel):
    """info: for chat `context_window`, `max_output`, and prices; for vectors `dimensions`; null where nobody knows."""

    supported: bool
    info: dict[str, Any]


class Models(BaseModel):
    """By provider and id."""

    models: dict[str, dict[str, ModelLine]]


class CacheFigures(BaseModel):
    """Of study material that was asked for over these paths since the start."""

    type: str
    total_entries: int
    total_size_bytes: int
    expired_entries: int
    hit_rate: float
    hits: int
    misses: int
    evictions: int
    max_size: int
    utilization: float


class Invalidated(BaseModel):
    """None is kept by person: material follows from its text and persona, so a changed persona has its own."""

    user_id: str
    invalidated_entries: int
    status: str


def figure_routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=WireRoute, tags=["LEARN-X"], prefix="/api/v1/ai")

    @router.get("/models", openapi_extra=RULE, response_model=Models, summary="Models by provider")
    async def models(caller: Caller) -> Response:
        found: dict[str, dict[str, Any]] = {}
        for one in await desk.names.offered(caller):
            found.setdefault(one.owner, {})[one.id] = {"supported": True, "info": _info(one)}
        return json_response({"models": found})

    @router.get("/stats", openapi_extra=RULE, response_model=dict[str, Any], summary="What was used, and how it went")
    async def stats(caller: Caller) -> Response:
        """By provider; and `costs`, `embeddings` and `cache`. Of the caller's own use; of the tenant's for staff."""
        found = await desk.services.gateway.usage(caller)
        counted = desk.counted
        body: dict[str, Any] = {one.name: _provider(one, found.breakers.get(one.name)) for one in found.providers}
        body["costs"] = {
            "total_cost": sum(one.usd for one in found.providers),
            "total_tokens": sum(one.tokens for one in found.providers),
            "total_requests": sum(one.attempts for one in found.providers),
            "unique_users": found.users,
            "by_provider": _costs(found.providers),
            "by_model": _costs(found.models),
            "period": "all_time",
        }
        body["embeddings"] = {
            "total_requests": counted.vector_calls,
            "total_embeddings": counted.vectors,
            "total_tokens": counted.vector_tokens,
            "model": counted.vector_model,
        }
        body["cache"] = _cache(desk)
        return json_response(body)

    @router.get("/cache/stats", openapi_extra=RULE, response_model=CacheFigures, summary="How the cache does")
    async def cache(caller: Caller) -> Response:
        return json_response(_cache(desk))

    @router.post(
        "/cache/invalidate",
        openapi_extra=within(STAFF, "tutor"),
        response_model=Invalidated,
        summary="Make a person's material anew from now on",
    )
    async def invalidate(user_id: Annotated[Id, Query()], caller: Caller) -> Response:
        return json_response({"user_id": user_id, "invalidated_entries": 0, "status": "success"})

    return router


def _info(one: OfferedModel) -> dict[str, Any]:
    if not one.chat:
        window = one.context_window
        return {"dimensions": one.dimensions, "max_input": window, "cost_per_1k": one.input_usd}
    return {
        "context_window": one.context_window,
        "max_output": one.output_limit,
        "input_cost_per_1k": one.input_usd,
        "output_cost_per_1k": one.output_usd,
    }


def _provider(one: Used, breaker: str | None) -> dict[str, Any]:
    state = breaker or "closed"
    return {
        "available": state != "open",
        "success_rate": 1.0 if not one.attempts else (one.attempts - one.failed) / one.attempts,
        "average_latency": one.seconds / one.attempts if one.attempts else 0.0,
        "total_requests": one.attempts,
        "circuit_breaker_state": state,
    }


def _costs(lines: Iterable[Used]) -> dict[str, Any]:
    return {one.name: {"cost": one.usd, "tokens": one.tokens, "requests": one.attempts} for one in lines}


def _cache(desk: Desk) -> dict[str, Any]:
    """Hits and misses of what was asked for over these paths; what is kept is that of all paths."""
    counted = desk.counted
    entries, size, most = desk.services.generate.kept.size
    return {
        "type": "memory",
        "total_entries": entries,
        "total_size_bytes": size,
        "expired_entries": 0,
        "hit_rate": counted.hits / counted.material if counted.material else 0.0,
        "hits": counted.hits,
        "misses": counted.material - counted.hits,
        "evictions": 0,
        "max_size": most,
        "utilization": entries / most,
    }
