"""Builds the houses from their parts, in the order in which they need each other, and takes them down again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.adapters.formats import FORMATS
from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.persons import HttpPersons
from banyan.adapters.prices.book import FREE
from banyan.adapters.prices.listed import load as load_price_list
from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.forgotten_answers import SqlForgottenAnswers
from banyan.adapters.storage.job_files import SqlJobFiles
from banyan.adapters.storage.library import SqlLibrary
from banyan.adapters.storage.library_stock import SqlStock
from banyan.adapters.storage.locks import SqlLocks
from banyan.adapters.storage.responses import SqlResponses
from banyan.app.assisting_alerts import AlertPauses, open_alerts
from banyan.app.assisting_checks import open_checks
from banyan.app.assisting_content import open_content
from banyan.app.assisting_personas import persona_book
from banyan.app.assisting_persons import Broom, PersonJobs
from banyan.app.assisting_policy import open_policies, policies_probe, under
from banyan.app.assisting_reports import open_reports, stock_over
from banyan.app.assisting_reviews import open_reviews
from banyan.app.assisting_teachers import open_teaching
from banyan.app.assisting_turns import Surroundings, door_of, lms_access, open_surroundings
from banyan.app.batches_at_providers import AtProviders
from banyan.app.batching import Batching, BatchOptions, busy_in, identify_by, offers_of, open_batches
from banyan.app.bookkeeping import Bookkeeping, open_bookkeeping
from banyan.app.bridges import EmbeddedGateway
from banyan.app.caching import cache_probe, open_answers
from banyan.app.embedding import open_embedding_models
from banyan.app.exporting import export_material
from banyan.app.faq_jobs import FaqJobs
from banyan.app.fetching import open_fetcher, open_reading
from banyan.app.gateway_workspace import OPERATOR, GatewayWorkspace
from banyan.app.jobs import Courses, Jobs, open_jobs
from banyan.app.keys import Keys, open_keys, secret
from banyan.app.lesson_jobs import LessonJobs
from banyan.app.limits import limits_probe, open_limits
from banyan.app.material import index_over, open_material
from banyan.app.moderating import open_moderate
from banyan.app.probes import database_probe, embedder_probe, redis_probe, store_probe
from banyan.app.provider_entries import provider_entries, provider_needs
from banyan.app.queues import open_queues, queues_probe
from banyan.app.registry import conditions, open_registry, referable, registry_probe
from banyan.app.report_jobs import ReportJobs
from banyan.app.searching import open_reranker, search_defaults
from banyan.app.settings import Settings
from banyan.app.spending import Spending, open_spending
from banyan.app.tracing import Tracing, open_tracing
from banyan.app.vector_store import open_store
from banyan.assistant.domain.language_of import language_of
from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.assistant.usecases.admit import Believing
from banyan.assistant.usecases.ask import Ask
from banyan.assistant.usecases.open_turn import AskSettings
from banyan.assistant.usecases.parts import built_in_parts
from banyan.assistant.usecases.policy_book import PolicyBook
from banyan.edge.cli.tools import Indexed, Lesson, Part
from banyan.jobs.usecases.fetch_file import FetchFile
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.ports.door import Door
from banyan.proxy.ports.vector_store import VectorStore, VectorStoreEntry
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.complete import Complete
from banyan.proxy.usecases.embed_backlog import EmbedBacklog
from banyan.proxy.usecases.embed_for import EmbedFor
from banyan.proxy.usecases.fleet import Accounts, Fleet
from banyan.proxy.usecases.forget_answers import ForgetAnswers
from banyan.proxy.usecases.index import Indexer, Order
from banyan.proxy.usecases.judge import Judge
from banyan.proxy.usecases.keyed_locks import KeyedLocks
from banyan.proxy.usecases.limit_calls import LimitCalls
from banyan.proxy.usecases.list_models import ListModels, ModelCard
from banyan.proxy.usecases.moderate import Moderate
from banyan.proxy.usecases.registry import Registry
from banyan.proxy.usecases.renew_index import RenewIndex
from banyan.proxy.usecases.rerank import Rerank
from banyan.proxy.usecases.respond import Respond
from banyan.proxy.usecases.retrieve import Retriever
from banyan.proxy.usecases.run_batches import Pace
from banyan.proxy.usecases.show_usage import ShowUsage
from banyan.proxy.usecases.study import Study
from banyan.proxy.wrappers.cached import Answers

if TYPE_CHECKING:
    from banyan.app.redis_client import SharedRedis
    from banyan.edge.http.assistant_services import AssistantServices

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy house, opened."""

    settings: Settings
    database: Database
    store: VectorStore
    store_entry: VectorStoreEntry
    embedder: MiniLM
    fleet: Fleet
    indexer: Indexer
    renew: RenewIndex
    browse: Browse
    retriever: Retriever
    complete: Complete
    moderate: Moderate
    embed: EmbedFor
    redis: "SharedRedis | None"
    answers: Answers | None
    forget_answers: ForgetAnswers
    spending: Spending
    books: Bookkeeping
    registry: Registry
    needs: ProviderNeeds
    keys: Keys
    limits: LimitCalls

    @property
    def gateway(self) -> ModelGateway:
        """The way in for the assistant of the same process."""
        return EmbeddedGateway(
            self.complete,
            self.browse,
            Study(self.retriever, self.browse),
            self.embed,
            self.list_models,
            self.judge,
            knowledge=self.retriever,
            usage=self.show_usage,
        )

    @property
    def list_models(self) -> ListModels:
        """Chat models, and the built-in one for vectors."""
        own = ModelCard(NAMES[0], "banyan", ("embeddings",), self.embedder.dimensions, price=FREE)
        return ListModels(self.fleet, [own])

    @property
    def show_usage(self) -> ShowUsage:
        """For whoever is no operator, too."""
        return ShowUsage(self.books.usage, self.fleet)

    @property
    def judge(self) -> Judge:
        """Whether courses cover questions."""
        return Judge(self.retriever, language_of)

    @property
    def workspace(self) -> GatewayWorkspace:
        """The way in for commands."""
        return GatewayWorkspace(self.gateway, self.index, self.embeds)

    async def index(self, course: str, lesson: Lesson) -> Indexed:
        """One lesson of a command."""
        document = await asyncio.to_thread(FORMATS[lesson.format].read, lesson.content)
        scope = Scope(OPERATOR.tenant, course, lesson.lesson)
        run = await self.indexer.index(Order(scope, document, title=lesson.title, chapter=lesson.chapter))
        return Indexed(run.id, run.chunks, run.unchanged, run.embedded, document.warnings)

    @property
    def costs(self) -> bool:
        """Whether providers that cost something are set up; those of later deployments are not known yet."""
        return bool(self.settings.provider_environment or self.settings.provider_tables)

    async def embeds(self) -> bool:
        """Whether there is a model to make vectors with."""
        try:
            await self.embedder.warm()
        except BanyanError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Services:
    """What `serve` puts on its sockets. workspace: None for an assistant that runs alone."""

    applications: Mapping[Part, Any]
    workspace: GatewayWorkspace | None


@asynccontextmanager
async def open_proxy(settings: Settings, tracing: Tracing | None = None, local_key: str = "") -> AsyncIterator[Proxy]:
    """The proxy house over the data folder, which the caller holds.

    tracing: opened here where it is None. local_key: as `open_services` has it.
    """
    async with AsyncExitStack() as stack:
        database = await _open_database(settings, stack)
        redis = _open_redis(settings, stack)
        locks = open_locks(database, stack)
        embedder = MiniLM(settings.model_folders)
        stack.push_async_callback(embedder.close)
        store_entry, store = await open_store(settings, embedder.dimensions, locks, stack)
        library, clock = SqlLibrary(database), SystemClock()
        reranker = open_reranker(settings)
        if reranker is not None:
            stack.push_async_callback(reranker.close)
        options = search_defaults(settings).options
        retriever = Retriever(
            library, store, embedder, options=options, rerank=Rerank(reranker, zone=settings.rerank_zone)
        )
        environment = {**referable(), **settings.provider_environment}
        needs = provider_needs(environment, retriever, settings.embedding_batch_size)
        keys = await stack.enter_async_context(open_keys(settings, database, local_key))
        limits = await stack.enter_async_context(open_limits(keys.ring, redis))
        spending = await stack.enter_async_context(open_spending(settings, database))
        entries = provider_entries(settings.provider_tables)
        if tracing is None:
            tracing = await stack.enter_async_context(open_tracing())
        books = await stack.enter_async_context(open_bookkeeping(settings, database, tracing, spending))
        limits.telemetry = books.telemetry
        accounts = Accounts(books.prices, spending.budgets, books.ledger, books.telemetry)
        fleet = Fleet(entries, needs, accounts, retriever, conditions(settings))
        stack.push_async_callback(fleet.close)
        registry = await stack.enter_async_context(open_registry(settings, database, fleet))
        retriever.zones = registry.zone_of
        books.deployments.append(lambda: [member.deployment for member in list(fleet.members.values())])
        backlog = EmbedBacklog(library, store, embedder, clock, locks)
        indexer = Indexer(library, store, backlog, clock, locks)
        await stack.enter_async_context(indexer.running())
        answers = await open_answers(settings, database, library, accounts.ledger, books.telemetry, redis, embedder)
        if answers is not None:
            stack.push_async_callback(answers.close)
        forget_answers = ForgetAnswers(SqlForgottenAnswers(database), answers)
        await stack.enter_async_context(forget_answers.running())
        complete = Complete(fleet, limits, default_model=settings.model, answers=answers, zones=registry.zone_of)
        models = open_embedding_models(settings, fleet, needs, embedder, books.telemetry, stack)
        yield Proxy(
            settings,
            database,
            store,
            store_entry,
            embedder,
            fleet,
            indexer,
            RenewIndex(indexer, library, SqlStock(database), store, backlog),
            Browse(library),
            retriever,
            complete,
            open_moderate(needs, limits, stack),
            EmbedFor(models, limits, accounts),
            redis,
            answers,
            forget_answers,
            spending,
            books,
            registry,
            needs,
            keys,
            limits,
        )


@asynccontextmanager
async def open_services(
    settings: Settings, parts: tuple[Part, ...], ports: frozenset[int], local_key: str
) -> AsyncIterator[Services]:
    """The applications of the parts. ports: the process's own, for the check of `Origin`.

    local_key: lets commands on this machine in.
    """
    async with AsyncExitStack() as stack:
        applications: dict[Part, Any] = {}
        tracing = await stack.enter_async_context(open_tracing())
        proxy = await stack.enter_async_context(open_proxy(settings, tracing, local_key)) if "proxy" in parts else None
        database = proxy.database if proxy else await _open_database(settings, stack)
        keys = proxy.keys if proxy else await stack.enter_async_context(open_keys(settings, database, local_key))
        around = await stack.enter_async_context(_surroundings(settings, database))
        policies = await stack.enter_async_context(open_policies(settings, database))
        gateway = proxy.gateway if proxy else HttpGateway(settings.proxy_url, key=secret(settings.proxy_key))
        stack.push_async_callback(gateway.close)
        jobs = await stack.enter_async_context(open_jobs(settings, database, _job_tools(proxy)))
        if proxy is not None:
            batches = await stack.enter_async_context(_open_batches(proxy, keys))
            door = door_of(around, policies)
            persons = _persons(database, around, proxy, gateway)
            served = _proxy_application(proxy, keys, batches, jobs, ports, door, persons)
            applications["proxy"] = tracing.around(served, "ai-proxy")
            await stack.enter_async_context(_warming(proxy.embedder, prices=proxy.costs))
        if "assistant" in parts:
            assistant = await _assistant_application(
                settings, database, proxy, gateway, keys, jobs, ports, stack, around, policies
            )
            applications["assistant"] = tracing.around(assistant, "ai-assistant")
        yield Services(applications, proxy.workspace if proxy else None)


@asynccontextmanager
async def open_worker(settings: Settings, parallel: int) -> AsyncIterator[Jobs]:
    """Works on jobs of both houses while the block runs, over the data folder, which the caller holds.

    Whether the proxy answers, and what it holds of a person in files, only the proxy that serves can tell: without its
    address alerts are not looked for here, and nobody is erased.
    """
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(open_proxy(settings))
        await stack.enter_async_context(_warming(proxy.embedder, prices=proxy.costs))
        around = await stack.enter_async_context(_surroundings(settings, proxy.database))
        policies = await stack.enter_async_context(open_policies(settings, proxy.database))
        serving = None
        if "proxy_url" in settings.model_fields_set:
            serving = HttpGateway(settings.proxy_url, key=secret(settings.proxy_key))
            stack.push_async_callback(serving.close)
        opening = open_jobs(settings, proxy.database, _job_tools(proxy), parallel=parallel)
        jobs = await stack.enter_async_context(opening)
        if serving is None:
            jobs = replace(jobs, leaves=frozenset({"alerts", "persons"}))
        await _open_assistant(
            settings, proxy.database, proxy, proxy.gateway, proxy.keys, jobs, stack, around, policies, serving
        )
        yield jobs


def _job_tools(proxy: Proxy | None) -> dict[str, object]:
    """What kinds of jobs need, as far as this process has it."""
    return {} if proxy is None else {"lessons": LessonJobs(proxy.indexer, proxy.browse, proxy.renew)}


def _persons(database: Database, around: Surroundings, proxy: Proxy | None, gateway: ModelGateway) -> PersonJobs:
    """All that this process reaches of a person, and the proxy's by its own way where it is another process."""
    elsewhere = HttpPersons(gateway) if isinstance(gateway, HttpGateway) else None
    if proxy is None:
        return PersonJobs(database, [around.log.flush], elsewhere=elsewhere)
    forget_answers, forget_lines = proxy.forget_answers, proxy.books.forget

    async def answers(tenant: str, user: str, pseudonym: str) -> Mapping[str, int]:
        return {"answer_cache": await forget_answers(tenant)}

    async def lines(tenant: str, user: str, pseudonym: str) -> Mapping[str, int]:
        return {"ledger_files": await forget_lines(tenant, user)}

    settles = [around.log.flush, proxy.books.drain]
    return PersonJobs(database, settles, places=[answers, lines], elsewhere=elsewhere)


async def _open_database(settings: Settings, stack: AsyncExitStack) -> Database:
    database = await open_database(settings.database_address)
    stack.push_async_callback(database.close)
    return database


def _surroundings(settings: Settings, database: Database) -> AbstractAsyncContextManager[Surroundings]:
    return open_surroundings(database, SystemClock(), settings.platform, lms_access(settings))


def open_locks(database: Database, stack: AsyncExitStack) -> KeyedLocks:
    """Locks that hold for whoever writes to this database: this process alone, or all of them."""
    if database.dialect == "sqlite":
        return KeyedLocks()
    shared = SqlLocks(database)
    stack.push_async_callback(shared.close)
    return KeyedLocks(shared)


def _open_redis(settings: Settings, stack: AsyncExitStack) -> "SharedRedis | None":
    """The client that whoever shares state between processes is handed; None where REDIS_URL is not set."""
    if settings.redis_url is None:
        return None
    from banyan.app.redis_client import open_redis  # half a second, which only its users should pay

    redis = open_redis(
        settings.redis_url.get_secret_value(),
        timeout=settings.redis_timeout,
        connect_timeout=settings.redis_connect_timeout,
    )
    stack.push_async_callback(redis.aclose)
    return redis


@asynccontextmanager
async def _open_batches(proxy: Proxy, keys: Keys) -> AsyncIterator[Batching]:
    settings, fleet, identify = proxy.settings, proxy.fleet, identify_by(keys.ring)
    offers = offers_of(fleet, proxy.embed.models, settings.model)
    pace = Pace(settings.batches_parallel, settings.batches_per_minute, settings.batches_lease)
    options = BatchOptions(
        timedelta(days=settings.files_retention_days),
        settings.files_max_mb * 1024 * 1024,
        settings.batches_max_lines,
        pace if settings.batches_parallel else None,
    )
    budgets, chooses = proxy.spending.budgets, settings.batches_at_provider
    at_providers = AtProviders(fleet, proxy.needs, settings.model, identify, budgets, chooses=chooses)
    remotes = partial(at_providers.remotes, ledger=proxy.books.ledger, poll=settings.batches_provider_poll)
    try:
        async with open_batches(proxy.database, offers, identify, busy_in(fleet), options, remotes) as batches:
            yield batches
    finally:
        await at_providers.close()


def _proxy_application(
    proxy: Proxy, keys: Keys, batches: Batching, jobs: Jobs, ports: frozenset[int], door: Door, persons: PersonJobs
) -> Any:
    from banyan.edge.http.proxy_app import ProxyServices, Routing, create_proxy_app
    from banyan.proxy.usecases.explain_route import ExplainRoute
    from banyan.proxy.usecases.try_deployment import TryDeployment

    probes = {
        "database": database_probe(proxy.database),
        "vector store": store_probe(proxy.store, proxy.store_entry.summary),
        "embedder": embedder_probe(proxy.embedder),
        "ledger": proxy.books.probe,
    }
    probes["keys"] = keys.probe
    probes["budgets"] = proxy.spending.probe
    probes["batches"] = batches.probe
    probes["jobs"] = jobs.probe
    probes["deployments"] = registry_probe(proxy.registry)
    if proxy.redis is not None:
        probes["shared limits"] = limits_probe(proxy.limits)
    if proxy.redis is not None:
        probes["redis"] = redis_probe(proxy.redis)
    if proxy.answers is not None:
        probes["answer cache"] = cache_probe(proxy.answers.store, proxy.answers.nearby)
    keep = timedelta(days=proxy.settings.responses_retention_days)
    trial = TryDeployment(proxy.fleet, proxy.embed.models.embedders, proxy.embed.accounts)
    services = ProxyServices(
        complete=proxy.complete,
        respond=Respond(proxy.complete, SqlResponses(proxy.database), SystemClock(), keep=keep),
        moderate=proxy.moderate,
        list_models=proxy.list_models,
        embed=proxy.embed,
        knowledge=proxy.retriever,
        indexer=proxy.indexer,
        browse=proxy.browse,
        reading=open_reading(proxy.settings),
        judge=proxy.judge,
        door=door,
        top_k=proxy.settings.rag_top_k,
        search_defaults=search_defaults(proxy.settings),
        probes=probes,
        keys=keys.manage,
        budgets=proxy.spending.manage(proxy.books.drain),
        figures=(proxy.books.metrics.text,),
        usage=proxy.books.usage,
        own_usage=proxy.show_usage,
        alarms=proxy.books.alarms,
        batches=batches.services,
        jobs=jobs.desk(Courses(proxy.gateway, Believing())),
        persons=persons,
        routing=Routing(proxy.registry, ExplainRoute(proxy.fleet, proxy.registry.zone_of), trial),
    )
    access = keys.access()
    return create_proxy_app(services, authenticate=access, open_ports=ports, is_open=access.is_open)


@asynccontextmanager
async def open_tutor(settings: Settings, proxy_url: str = "", key: str = "") -> AsyncIterator["AssistantServices"]:
    """The assistant for one command, over the data folder, which the caller holds.

    proxy_url, key: of the service that holds it instead, where one does.
    """
    async with AsyncExitStack() as stack:
        proxy = None if proxy_url else await stack.enter_async_context(open_proxy(settings))
        database = proxy.database if proxy else await _open_database(settings, stack)
        keys = proxy.keys if proxy else await stack.enter_async_context(open_keys(settings, database, ""))
        gateway = proxy.gateway if proxy else HttpGateway(proxy_url, key=key)
        stack.push_async_callback(gateway.close)
        jobs = await stack.enter_async_context(open_jobs(settings, database, {}, parallel=0))
        if proxy is not None:
            await stack.enter_async_context(_warming(proxy.embedder, prices=proxy.costs))
        around = await stack.enter_async_context(_surroundings(settings, database))
        policies = await stack.enter_async_context(open_policies(settings, database))
        yield await _open_assistant(settings, database, proxy, gateway, keys, jobs, stack, around, policies)


async def _assistant_application(
    settings: Settings,
    database: Database,
    proxy: Proxy | None,
    gateway: ModelGateway,
    keys: Keys,
    jobs: Jobs,
    ports: frozenset[int],
    stack: AsyncExitStack,
    around: Surroundings,
    policies: PolicyBook,
) -> Any:
    from banyan.app.machines import open_machines
    from banyan.edge.http.assistant_app import create_assistant_app
    from banyan.edge.mcp.endpoint import McpEndpoint

    services = await _open_assistant(settings, database, proxy, gateway, keys, jobs, stack, around, policies)
    machines = await open_machines(services, database)
    access = keys.access(keys.tokens)
    return create_assistant_app(
        services,
        authenticate=access,
        open_ports=ports,
        is_open=access.is_open,
        before=lambda app: McpEndpoint(app, machines),
    )


async def _open_assistant(
    settings: Settings,
    database: Database,
    proxy: Proxy | None,
    gateway: ModelGateway,
    keys: Keys,
    jobs: Jobs,
    stack: AsyncExitStack,
    around: Surroundings,
    policies: PolicyBook,
    serving: HttpGateway | None = None,
) -> "AssistantServices":
    """serving: the way to the proxy that serves, where this process has one that does not."""
    from banyan.edge.http.assistant_services import AssistantServices
    from banyan.edge.http.policy_services import PolicyServices

    store, clock = SqlConversations(database), SystemClock()
    parts = under(around.around(built_in_parts(clock)), policies)
    alerts = open_alerts(
        settings, database, policies, around.platform, serving or gateway, AlertPauses(policies, clock)
    )
    persons = _persons(database, around, proxy, serving or gateway)
    parts = replace(parts, notifier=alerts.notifier)
    jobs.join({**alerts.tools, "persons": persons, "broom": Broom(settings, database, policies)})
    checks = open_checks(database, gateway, parts.admit.platform, clock)
    parts = checks.within(parts)
    teaching = await stack.enter_async_context(open_teaching(database, gateway, parts, settings.model))
    jobs.join({"faqs": FaqJobs(teaching.services.from_chats)})
    parts = teaching.answering(parts)
    ask = await stack.enter_async_context(Ask(store, gateway, clock, AskSettings(settings.model), parts))
    probes = {
        "database": database_probe(database),
        "keys": keys.probe,
        "jobs": jobs.probe,
        "faqs": teaching.probe,
        **around.probes,
    }
    index = index_over(gateway, proxy.indexer if proxy else None, open_reading(settings))
    material = open_material(
        database,
        index,
        open_fetcher(settings),
        parts,
        clock,
        settings.attachments_max_mb << 20,
        largest_document=settings.max_file_size_mb << 20,
    )
    beside = await stack.enter_async_context(material)
    jobs.join({"sources": beside.sources.refresh})
    probes["policies"] = policies_probe(policies)
    policy = PolicyServices.of(policies, parts.admit)
    stock = stock_over(gateway, proxy.browse if proxy else None)
    reports = open_reports(database, stock, around.platform, clock, around.log.flush)
    files = SqlJobFiles(database)
    exports = ReportJobs(reports.show, files, clock)
    jobs.join({"exports": exports})
    courses = Courses(gateway, around.platform)
    desk = jobs.desk(courses, {"reports_export": exports.decide})
    generate = open_content(gateway, parts, store, around.board, settings.model)
    if settings.pgmq_database_url is not None and jobs.worker is not None:
        queues = await stack.enter_async_context(open_queues(settings, gateway, index, generate))
        probes["learnx queues"] = queues_probe(queues)
    return AssistantServices(
        ask,
        store,
        gateway,
        clock,
        probes,
        tokens=keys.tokens,
        turns=around.services,
        checks=checks.services,
        teaching=teaching.services,
        material=beside,
        policy=policy,
        jobs=desk,
        job_files=FetchFile(desk, files, courses, clock),
        alerts=alerts.services,
        persons=persons,
        personas=persona_book(database, clock),
        reports=reports,
        generate=generate,
        exports=export_material(clock),
        reviews=open_reviews(
            database, parts.admit, around.board, settings.review_retention, settings.review_new_per_day
        ),
    )


@asynccontextmanager
async def _warming(embedder: MiniLM, *, prices: bool) -> AsyncIterator[None]:
    """Loads the model in the background, so that neither the start nor the first question waits for it.

    prices: the price list too, where calls that cost something are to be expected.
    """

    async def warm() -> None:
        try:
            await embedder.warm()
        except BanyanError as error:
            log.warning("embedding-model-missing", error=error.message)
        if prices:
            await asyncio.to_thread(load_price_list)

    task = asyncio.create_task(warm(), name="load the embedding model")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
