"""The whole proxy on a real socket: database, index, formats, a tiny embedding model, and a small upstream."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from fake_openai import Upstream, fake_openai
from http_server import served
from knowledge_house import House, open_house
from openai import AsyncOpenAI
from starlette.types import ASGIApp
from tiny_embedder import TinyEmbedder
from web_site import fetcher_for

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats._apart import ApartReader
from banyan.adapters.providers import PROVIDERS
from banyan.adapters.storage.budgets import SqlBudgets
from banyan.adapters.storage.jobs import SqlJobs
from banyan.adapters.storage.keys import SqlKeys
from banyan.adapters.storage.policies import SqlPolicies
from banyan.adapters.storage.registry import SqlRegistry
from banyan.adapters.storage.responses import SqlResponses
from banyan.adapters.storage.usage_reader import SqlUsage
from banyan.app.assisting_persons import PersonJobs
from banyan.app.assisting_turns import door_of, open_surroundings
from banyan.app.batching import USUAL, BatchOptions, busy_in, identify_by, offers_of, open_batches
from banyan.app.bridges import EmbeddedGateway, injected
from banyan.app.jobs import Courses
from banyan.app.moderating import open_moderate
from banyan.app.unmetered import UNMETERED
from banyan.assistant.domain.language_of import language_of
from banyan.assistant.usecases.admit import Believing
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.edge.http.access import Authenticate
from banyan.edge.http.health import Finding, Probe
from banyan.edge.http.key_access import KeyAccess
from banyan.edge.http.proxy_app import ProxyServices, Routing, create_proxy_app
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.pages import Fetcher
from banyan.proxy.domain.search_options import SearchDefaults
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.door import OPEN, Door
from banyan.proxy.usecases.complete import Complete
from banyan.proxy.usecases.embed_for import EmbedFor
from banyan.proxy.usecases.embedders import Embedders
from banyan.proxy.usecases.embedding_models import EmbeddingModels
from banyan.proxy.usecases.explain_route import ExplainRoute
from banyan.proxy.usecases.fleet import Accounts, Conditions, Fleet
from banyan.proxy.usecases.judge import Judge
from banyan.proxy.usecases.key_ring import KeyRing
from banyan.proxy.usecases.limit_calls import LimitCalls
from banyan.proxy.usecases.list_models import ListModels, ModelCard
from banyan.proxy.usecases.manage_budgets import ManageBudgets
from banyan.proxy.usecases.manage_keys import ManageKeys
from banyan.proxy.usecases.read_content import ReadContent
from banyan.proxy.usecases.registry import Registry, Tables
from banyan.proxy.usecases.rerank import Rerank
from banyan.proxy.usecases.respond import Respond
from banyan.proxy.usecases.show_usage import ShowUsage
from banyan.proxy.usecases.study import Study
from banyan.proxy.usecases.try_deployment import TryDeployment
from banyan.proxy.wrappers.remembered import VectorMemory

KEY = "sk-secret-123456"


@dataclass
class Proxy:
    """url: of the running proxy. app, services: the same without a socket. upstream: what `openai/NAME` reaches.

    client: OpenAI's own. web: a bare one.
    """

    url: str
    app: ASGIApp
    services: ProxyServices
    upstream: Upstream
    embedder: TinyEmbedder
    house: House
    client: AsyncOpenAI
    web: aiohttp.ClientSession

    @property
    def gateway(self) -> EmbeddedGateway:
        """The way in for an assistant of the same process, as `app/wiring.py` makes it."""
        own = self.services
        return EmbeddedGateway(
            own.complete,
            own.browse,
            Study(own.knowledge, own.browse),
            own.embed,
            own.list_models,
            own.judge,
            knowledge=own.knowledge,
            usage=own.own_usage,
        )

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON of one request; `json`, `data`, `params`, `headers` as for aiohttp."""
        async with self.web.request(method, path, **more) as response:
            return response.status, await response.json()

    async def chat(self, body: object, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one plain completion; bytes go as they are."""
        if isinstance(body, bytes):
            return await self.ask("POST", "/v1/chat/completions", data=body, headers=headers)
        return await self.ask("POST", "/v1/chat/completions", json=body, headers=headers)

    async def index(self, course: str, lesson: str, **more: Any) -> dict[str, Any]:
        """The answer to indexing a lesson, which has to succeed."""
        status, answer = await self.ask("POST", "/v1/rag/index", json={"course": course, "lesson": lesson, **more})
        assert status == 200, answer
        return dict(answer)


async def _well() -> Finding:
    return Finding("ok")


async def _words_only() -> Finding:
    return Finding("degraded", "BM25 only, because the embedding model is missing; run banyan doctor.")


@asynccontextmanager
async def open_proxy(
    folder: Path,
    *,
    authenticate: Authenticate | None = None,
    probes: dict[str, Probe] | None = None,
    rerank: Rerank | None = None,
    search_defaults: SearchDefaults | None = None,
    upstream_at: Callable[[], AbstractAsyncContextManager[Any]] = fake_openai,
    deployments: Tables | None = None,
    aliases: Tables | None = None,
    accounts: Accounts = UNMETERED,
    batch_options: BatchOptions = USUAL,
    database_url: str | None = None,
    fetcher: Fetcher | None = None,
    batch_clock: Clock | None = None,
    tutor: bool = False,
    guarded: bool = False,
) -> AsyncIterator[Proxy]:
    """The proxy for as long as the block runs. database_url: None for SQLite in the folder. tutor: it is there too.

    guarded: exams, rosters and policies of the same database close it.
    """
    embedder = TinyEmbedder()
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(upstream_at())
        house = await stack.enter_async_context(open_house(folder, embedder, rerank=rerank, database_url=database_url))
        keys, clock = SqlKeys(house.database), SystemClock()
        ring = KeyRing(keys, clock)
        await stack.enter_async_context(ring.running())
        limits = LimitCalls(ring.subjects, None)
        access = KeyAccess(ring, may_be_open=True)
        needs = ProviderNeeds({"OPENAI_BASE_URL": upstream.base_url, "OPENAI_API_KEY": KEY}, house.retriever)
        entries = [PROVIDERS[name] for name in ("echo", *(("extractive",) if tutor else ()), "openai", "ollama")]
        fleet = Fleet(entries, needs, accounts, house.retriever, Conditions(screen=injected))
        stack.push_async_callback(fleet.close)
        registry = Registry(
            fleet, SqlRegistry(house.database), clock, deployments=deployments or {}, aliases=aliases or {}
        )
        await stack.enter_async_context(registry.running())
        house.retriever.zones = registry.zone_of
        complete = Complete(fleet, limits, default_model="banyan/echo", zones=registry.zone_of)
        embedders = Embedders(fleet.entries, needs, VectorMemory(1_000_000))
        stack.push_async_callback(embedders.close)
        embedding_models = EmbeddingModels({"banyan/tiny": embedder}, fleet, embedders)
        offers = offers_of(fleet, embedding_models, complete.default_model)
        batches = await stack.enter_async_context(
            open_batches(
                house.database, offers, identify_by(ring), busy_in(fleet), batch_options, clock=batch_clock or clock
            )
        )
        embed = EmbedFor(embedding_models, limits, accounts)
        door: Door = OPEN
        if guarded:
            around = await stack.enter_async_context(open_surroundings(house.database, clock))
            book = PolicyBook(SqlPolicies(house.database), clock)
            await stack.enter_async_context(book.running())
            door = door_of(around, book)
        own = EmbeddedGateway(
            complete, house.browse, Study(house.retriever, house.browse), embed, knowledge=house.retriever
        )
        services = ProxyServices(
            complete=complete,
            respond=Respond(complete, SqlResponses(house.database), SystemClock(), keep=timedelta(days=30)),
            moderate=open_moderate(needs, limits, stack),
            list_models=ListModels(fleet, [ModelCard("banyan/tiny", "banyan", ("embeddings",), embedder.dimensions)]),
            embed=embed,
            knowledge=house.retriever,
            indexer=house.indexer,
            browse=house.browse,
            reading=ReadContent(FORMATS, ApartReader(), fetcher or fetcher_for()),
            top_k=10,
            door=door,
            judge=Judge(house.retriever, language_of),
            search_defaults=search_defaults or SearchDefaults(),
            keys=ManageKeys(keys, clock, ring.refresh),
            budgets=ManageBudgets(SqlBudgets(house.database, clock), clock),
            routing=Routing(registry, ExplainRoute(fleet, registry.zone_of), TryDeployment(fleet, embedders, accounts)),
            batches=batches.services,
            jobs=ManageJobs(SqlJobs(house.database), Courses(own, Believing()), clock),
            persons=PersonJobs(house.database, []),
            usage=SqlUsage(house.database),
            own_usage=ShowUsage(SqlUsage(house.database), fleet),
            probes=probes or {"database": _well, "embedder": _words_only},
        )
        app = create_proxy_app(
            services, authenticate=authenticate or access, open_ports=frozenset(), is_open=access.is_open
        )
        async with (
            served(app) as url,
            AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client,
            aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as web,
        ):
            yield Proxy(url, app, services, upstream, embedder, house, client, web)
