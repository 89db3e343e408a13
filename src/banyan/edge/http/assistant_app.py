"""The AI Assistant as an HTTP application."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from banyan import __version__
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.edge.http.access import Authenticate, Gate, trust_headers
from banyan.edge.http.alert_routes import alert_routes
from banyan.edge.http.assistant_attachments import attachment_routes
from banyan.edge.http.assistant_chat import chat_routes
from banyan.edge.http.assistant_courses import course_routes
from banyan.edge.http.assistant_documents import document_upload_routes
from banyan.edge.http.assistant_drafts import draft_routes
from banyan.edge.http.assistant_events import event_routes
from banyan.edge.http.assistant_exams import exam_routes
from banyan.edge.http.assistant_external_sources import external_source_routes
from banyan.edge.http.assistant_feedback import feedback_routes
from banyan.edge.http.assistant_limits import limit_routes
from banyan.edge.http.assistant_pauses import pause_routes
from banyan.edge.http.assistant_policy import policy_routes
from banyan.edge.http.assistant_presets import preset_routes
from banyan.edge.http.assistant_reports import chart_routes, report_routes
from banyan.edge.http.assistant_rosters import roster_routes
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.assistant_sessions import session_routes
from banyan.edge.http.assistant_solutions import solution_routes
from banyan.edge.http.assistant_stale import stale_routes
from banyan.edge.http.assistant_tokens import token_routes
from banyan.edge.http.content_routes import content_routes
from banyan.edge.http.docs import serve_docs
from banyan.edge.http.errors import ERROR_RESPONSES, install_error_handlers
from banyan.edge.http.export_routes import export_routes
from banyan.edge.http.health import Finding, Probe
from banyan.edge.http.job_routes import job_routes
from banyan.edge.http.learnx import learnx_routes
from banyan.edge.http.metrics import HttpMetrics
from banyan.edge.http.monolith_flags import monolith_flags
from banyan.edge.http.page_folder import BUILT
from banyan.edge.http.person_routes import person_routes
from banyan.edge.http.persona_routes import persona_routes
from banyan.edge.http.review_routes import review_routes
from banyan.edge.http.service_routes import service_routes
from banyan.edge.http.web_page import web_page

_SERVICE = "ai-assistant"


def create_assistant_app(
    services: AssistantServices,
    *,
    authenticate: Authenticate = trust_headers,
    open_ports: frozenset[int] | None = None,
    is_open: Callable[[], bool] = lambda: True,
    web: Path = BUILT,
    before: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> ASGIApp:
    """The application, complete with its gate.

    authenticate: headers to a caller. open_ports, is_open: as for `Gate`.
    web: folder of the built page. before: what stands between gate and routes, and answers some paths itself.
    """
    metrics = HttpMetrics(_SERVICE)
    api = assistant_api(services, metrics)
    api.router.routes.append(web_page(web))
    return Gate(before(api), authenticate, open_ports=open_ports, is_open=is_open, observe=metrics.observe)


def assistant_api(services: AssistantServices, metrics: HttpMetrics) -> FastAPI:
    """The routes without the gate."""
    api = FastAPI(
        title="Banyan AI Assistant",
        version=__version__,
        description="A tutor that answers questions about lessons, with citations.",
        openapi_url=None,
        responses=ERROR_RESPONSES,
    )
    install_error_handlers(api)
    probes = {"proxy": _probe(services.gateway), **services.probes}
    for routes in (
        service_routes(_SERVICE, probes, metrics),
        chat_routes(services),
        session_routes(services),
        course_routes(services),
        *draft_routes(services),
        content_routes(services.generate, services.personas),
        export_routes(services.exports),
        review_routes(services.reviews),
        feedback_routes(services),
        external_source_routes(services),
        attachment_routes(services),
        document_upload_routes(services),
        policy_routes(services),
        preset_routes(services),
        pause_routes(services),
        monolith_flags(services),
        token_routes(services),
        solution_routes(services),
        stale_routes(services),
        limit_routes(services),
        event_routes(services),
        report_routes(services),
        chart_routes(services),
        exam_routes(services),
        roster_routes(services),
        job_routes(services.jobs, services.job_files),
        alert_routes(services.alerts),
        person_routes(services.persons, services.jobs, services.clock),
        persona_routes(services.personas),
        *learnx_routes(services, probes, metrics.cached),
    ):
        api.include_router(routes)
    serve_docs(api)
    return api


def _probe(gateway: ModelGateway) -> Probe:
    async def look() -> Finding:
        if await gateway.healthy():
            return Finding("ok")
        return Finding("down", "The proxy does not answer; start it, or correct where it is looked for.")

    return look
