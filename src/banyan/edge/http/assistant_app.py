"""The AI Assistant as an HTTP application."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import ASGIApp

from banyan import __version__
from banyan.edge.http.access import PUBLIC, Authenticate, Gate, RuledRoute, trust_headers
from banyan.edge.http.assistant_bodies import json_response
from banyan.edge.http.assistant_chat import chat_routes
from banyan.edge.http.assistant_courses import course_routes
from banyan.edge.http.assistant_services import AssistantServices, Check
from banyan.edge.http.assistant_sessions import session_routes
from banyan.edge.http.errors import ERROR_RESPONSES, install_error_handlers
from banyan.edge.http.web_page import BUILT, web_page
from banyan.kernel.errors import BanyanError

_SERVICE = "ai-assistant"
_CHECK_SECONDS = 5
"""How long a part may take to say that it works; whoever asks for readiness asks again soon."""


class HealthBody(BaseModel):
    """The process answers."""

    status: str
    service: str
    version: str


class ReadyBody(HealthBody):
    """Every part that answers depend on, as `ok` or `failed`; `status` is `ready` when all are ok."""

    dependencies: dict[str, str]


def create_assistant_app(
    services: AssistantServices,
    *,
    authenticate: Authenticate = trust_headers,
    open_ports: frozenset[int] | None = None,
    web: Path = BUILT,
) -> ASGIApp:
    """The application, complete with its gate.

    authenticate: headers to a caller. open_ports: as for `Gate`, None where there are keys.
    web: folder of the built page.
    """
    api = assistant_api(services)
    api.router.routes.append(web_page(web))
    return Gate(api, authenticate, open_ports=open_ports)


def assistant_api(services: AssistantServices) -> FastAPI:
    """The routes without the gate."""
    api = FastAPI(
        title="Banyan AI Assistant",
        version=__version__,
        description="A tutor that answers questions about lessons, with citations.",
        responses=ERROR_RESPONSES,
    )
    install_error_handlers(api)
    for routes in (_health_routes(services), chat_routes(services), session_routes(services), course_routes(services)):
        api.include_router(routes)
    return api


def _health_routes(services: AssistantServices) -> APIRouter:
    router = APIRouter(route_class=RuledRoute, tags=["health"])
    health: dict[str, Any] = {"status": "healthy", "service": _SERVICE, "version": __version__}
    checks: dict[str, Check] = {"proxy": services.gateway.healthy, **services.checks}

    @router.get("/health", openapi_extra=PUBLIC, response_model=HealthBody)
    async def healthy() -> Response:
        """Whether the process answers; looks at nothing else."""
        return json_response(health)

    @router.get("/health/ready", openapi_extra=PUBLIC, response_model=ReadyBody, responses={503: {"model": ReadyBody}})
    async def ready() -> Response:
        """Whether every part that answers depend on works."""
        found = await asyncio.gather(*(_works(check) for check in checks.values()))
        parts = {name: "ok" if works else "failed" for name, works in zip(checks, found, strict=True)}
        status, code = ("ready", 200) if all(found) else ("not_ready", 503)
        return json_response({**health, "status": status, "dependencies": parts}, code)

    return router


async def _works(check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except (BanyanError, TimeoutError):
        return False
