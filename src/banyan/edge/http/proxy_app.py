"""The AI Proxy as an HTTP application."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from banyan import __version__
from banyan.edge.http.access import Authenticate, Gate, trust_headers
from banyan.edge.http.admin_budgets import budget_routes
from banyan.edge.http.admin_deployments import breaker_routes, registry_routes
from banyan.edge.http.admin_keys import key_routes
from banyan.edge.http.admin_limits import limit_routes
from banyan.edge.http.admin_routing import explain_routes, zone_routes
from banyan.edge.http.admin_usage import alarm_routes, own_usage_routes, usage_routes
from banyan.edge.http.batch_routes import batch_routes
from banyan.edge.http.batch_services import BatchServices
from banyan.edge.http.docs import serve_docs
from banyan.edge.http.errors import ERROR_RESPONSES, install_error_handlers
from banyan.edge.http.file_routes import file_routes
from banyan.edge.http.health import Probe
from banyan.edge.http.job_routes import backfill_routes
from banyan.edge.http.metrics import HttpMetrics
from banyan.edge.http.model_routes import model_routes
from banyan.edge.http.moderation_routes import moderation_routes
from banyan.edge.http.openai_chat import ChatCompletions, document
from banyan.edge.http.proxy_embedding_routes import embedding_routes
from banyan.edge.http.proxy_judge_routes import judge_routes
from banyan.edge.http.proxy_person_routes import HeldPersons, proxy_person_routes
from banyan.edge.http.proxy_rag_routes import browse_routes, index_routes, search_routes
from banyan.edge.http.proxy_stock_routes import stock_routes
from banyan.edge.http.proxy_study_routes import study_routes
from banyan.edge.http.responses_routes import responses_routes
from banyan.edge.http.service_routes import service_routes
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.proxy.domain.alarms import Alarm
from banyan.proxy.domain.registry import Kind
from banyan.proxy.domain.search_options import SearchDefaults
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.ports.knowledge import Knowledge
from banyan.proxy.ports.usage import Usage
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.complete import Complete
from banyan.proxy.usecases.embed_for import EmbedFor
from banyan.proxy.usecases.explain_route import ExplainRoute
from banyan.proxy.usecases.index import Indexer
from banyan.proxy.usecases.judge import Judge
from banyan.proxy.usecases.list_models import ListModels
from banyan.proxy.usecases.manage_budgets import ManageBudgets
from banyan.proxy.usecases.manage_keys import ManageKeys
from banyan.proxy.usecases.moderate import Moderate
from banyan.proxy.usecases.read_content import ReadContent
from banyan.proxy.usecases.registry import Registry
from banyan.proxy.usecases.respond import Respond
from banyan.proxy.usecases.show_usage import ShowUsage
from banyan.proxy.usecases.study import Study
from banyan.proxy.usecases.try_deployment import TryDeployment

_SERVICE = "ai-proxy"


async def _none() -> Sequence[Alarm]:
    return ()


@dataclass(frozen=True, slots=True)
class ProxyServices:
    """The use cases behind the routes, opened; `app/wiring.py` builds them and closes them after the last request.

    indexer: within its `running()`.
    top_k, search_defaults: how many search results, and how found, where a caller does not say.
    probes: what readiness depends on, by name: `database`, `vector store`, `embedder`.
    figures: whose figures stand beside those of HTTP, in Prometheus' text format.
    door: keeps learners out.
    usage, own_usage: None leaves out what the ledger answers. alarms: what an operator should act on.
    """

    complete: Complete
    respond: Respond
    moderate: Moderate
    list_models: ListModels
    embed: EmbedFor
    knowledge: Knowledge
    indexer: Indexer
    browse: Browse
    reading: ReadContent
    top_k: int
    judge: Judge = field(kw_only=True)
    door: Door = OPEN
    search_defaults: SearchDefaults = field(default_factory=SearchDefaults)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    keys: ManageKeys = field(kw_only=True)
    budgets: ManageBudgets = field(kw_only=True)
    figures: Sequence[Callable[[], bytes]] = ()
    usage: Usage | None = None
    own_usage: ShowUsage | None = None
    alarms: Callable[[], Awaitable[Sequence[Alarm]]] = _none
    routing: "Routing" = field(kw_only=True)
    batches: BatchServices = field(kw_only=True)
    jobs: ManageJobs = field(kw_only=True)
    persons: HeldPersons = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Routing:
    """What operators see and change of deployments and aliases. registry: within its `running()`."""

    registry: Registry
    explain: ExplainRoute
    trial: TryDeployment


def create_proxy_app(
    services: ProxyServices,
    *,
    authenticate: Authenticate = trust_headers,
    open_ports: frozenset[int] | None = None,
    is_open: Callable[[], bool] = lambda: True,
) -> ASGIApp:
    """The application, complete with its gate.

    authenticate: headers to a caller. open_ports, is_open: as for `Gate`.
    """
    metrics = HttpMetrics(_SERVICE, services.figures)
    app = ChatCompletions(proxy_api(services, metrics), services.complete, services.door)
    services.batches.lines.serve(app)
    return Gate(app, authenticate, open_ports=open_ports, is_open=is_open, observe=metrics.observe)


def proxy_api(services: ProxyServices, metrics: HttpMetrics) -> FastAPI:
    """Everything but the chat completions, without the gate."""
    api = FastAPI(
        title="Banyan AI Proxy",
        version=__version__,
        description="An OpenAI-compatible gateway that also indexes courses and grounds answers in them.",
        openapi_url=None,
        responses=ERROR_RESPONSES,
    )
    install_error_handlers(api)
    for routes in (
        service_routes(_SERVICE, services.probes, metrics),
        model_routes(services.list_models),
        responses_routes(services.respond, services.door),
        moderation_routes(services.moderate),
        embedding_routes(services.embed),
        file_routes(services.batches.files),
        batch_routes(services.batches.manage),
        index_routes(services.indexer, services.reading),
        search_routes(services.knowledge, services.top_k, services.search_defaults, metrics.reranked, services.door),
        judge_routes(services.judge, services.door),
        browse_routes(services.browse, services.door),
        stock_routes(services.browse),
        backfill_routes(services.jobs),
        proxy_person_routes(services.persons),
        study_routes(Study(services.knowledge, services.browse)),
        key_routes(services.keys),
        budget_routes(services.budgets),
        *_routing_routes(services.routing),
        limit_routes(services.keys),
    ):
        api.include_router(routes)
    if services.usage is not None:
        api.include_router(usage_routes(services.usage))
        api.include_router(alarm_routes(services.alarms))
    if services.own_usage is not None:
        api.include_router(own_usage_routes(services.own_usage))
    serve_docs(api, document)
    return api


def _routing_routes(routing: Routing) -> list[APIRouter]:
    return [
        registry_routes(routing.registry, Kind.DEPLOYMENT, routing.trial),
        registry_routes(routing.registry, Kind.ALIAS),
        breaker_routes(routing.explain),
        explain_routes(routing.explain),
        zone_routes(routing.registry),
    ]
