"""The assistant served over HTTP, with a scripted model behind it and a database of its own."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from http_server import served
from private_servers import migrated_sqlite
from scripted_gateway import ScriptedGateway
from sqlalchemy import select
from web_site import fetcher_for

from banyan.adapters.formats import FORMATS
from banyan.adapters.formats._apart import ApartReader
from banyan.adapters.gateways.http import HttpGateway
from banyan.adapters.gateways.lesson_index import HttpLessonIndex
from banyan.adapters.storage.alerts import SqlAlerts, SqlOutbox
from banyan.adapters.storage.conversations import SqlConversations
from banyan.adapters.storage.engine import CONNECTIONS, Database, open_database
from banyan.adapters.storage.job_files import SqlJobFiles
from banyan.adapters.storage.jobs import SqlJobs
from banyan.adapters.storage.keys import SqlKeys
from banyan.adapters.storage.library import SqlLibrary
from banyan.adapters.storage.policies import SqlPolicies
from banyan.adapters.storage.turn_log import SqlTurnLog
from banyan.adapters.storage.turn_tables import turn_log
from banyan.app.assisting_checks import open_checks
from banyan.app.assisting_content import open_content
from banyan.app.assisting_personas import persona_book
from banyan.app.assisting_persons import PersonJobs
from banyan.app.assisting_reports import EmbeddedIndexStock, open_reports
from banyan.app.assisting_reviews import open_reviews
from banyan.app.assisting_teachers import open_teaching
from banyan.app.assisting_turns import open_surroundings
from banyan.app.exporting import export_material
from banyan.app.jobs import Courses
from banyan.app.lesson_index import read_here
from banyan.app.machines import machines
from banyan.app.material import open_material
from banyan.app.report_jobs import ReportJobs
from banyan.assistant.domain.policy import Effective, Policy
from banyan.assistant.domain.reading import Reading
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.usecases.ask import Ask
from banyan.assistant.usecases.check_alerts import CheckAlerts
from banyan.assistant.usecases.open_turn import AskSettings
from banyan.assistant.usecases.parts import Parts, built_in_parts
from banyan.assistant.usecases.policy_book import Installation, PolicyBook
from banyan.edge.http.access import Headers, trust_headers
from banyan.edge.http.alert_routes import AlertServices
from banyan.edge.http.assistant_app import create_assistant_app
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.browser_tokens import BrowserTokens
from banyan.edge.http.material_services import MaterialServices
from banyan.edge.http.policy_services import PolicyServices
from banyan.edge.mcp.endpoint import McpEndpoint
from banyan.jobs.usecases.fetch_file import FetchFile
from banyan.jobs.usecases.manage_jobs import ManageJobs
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import Identity
from banyan.proxy.usecases.browse import Browse
from banyan.proxy.usecases.key_ring import KeyRing
from banyan.proxy.usecases.read_content import ReadContent

TEACHER = {"X-Banyan-User": "tess", "X-Banyan-Roles": "instructor"}
ANA = {"X-Banyan-User": "ana"}
BEN = {"X-Banyan-User": "ben"}
STRANGER = {"X-Banyan-User": "ana", "X-Banyan-Roles": "admin", "X-Tenant": "elsewhere"}


@dataclass
class Reply:
    """What came back, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        code: str = self.json["error"]["code"]
        return code

    @property
    def events(self) -> list[Any]:
        """The events of a stream; `[DONE]` as it is."""
        lines = self.body.decode().split("\n\n")
        assert lines.pop() == ""
        data = [line.split("\nid: ")[0].removeprefix("data: ") for line in lines]
        return [line if line == "[DONE]" else msgspec.json.decode(line) for line in data]


@dataclass
class World:
    url: str
    gateway: ScriptedGateway
    client: aiohttp.ClientSession
    services: AssistantServices
    policies: "Decided"
    database: Database

    async def get(self, path: str, asker: dict[str, str] = ANA) -> Reply:
        async with self.client.get(self.url + path, headers=asker) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def post(self, path: str, body: object, asker: dict[str, str] = ANA, **headers: str) -> Reply:
        sent = body if isinstance(body, bytes | io.BytesIO) else msgspec.json.encode(body)
        named = {"Content-Type": "application/json", **asker, **headers}
        async with self.client.post(self.url + path, data=sent, headers=named) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def send(self, method: str, path: str, asker: dict[str, str], body: object = None, **headers: str) -> Reply:
        named = {**asker, **headers}
        async with self.client.request(method, self.url + path, json=body, headers=named) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def identity(self, asker: dict[str, str]) -> Identity:
        return await trust_tenants([(name.lower().encode(), value.encode()) for name, value in asker.items()])

    async def logged(self) -> list[Any]:
        """The rows of the turn log, the oldest first."""
        log = self.services.turns.log
        assert isinstance(log, SqlTurnLog)
        await log.flush()
        rows: list[Any] = await self.database.read(
            lambda connection: connection.execute(select(turn_log).order_by(turn_log.c.at)).all()
        )
        return rows

    async def ask(
        self, question: str = "What is a mean?", asker: dict[str, str] = ANA, key: str | None = None, **fields: object
    ) -> Reply:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.post("/api/v1/chat/completions", asking(question, **fields), asker, **headers)

    async def history(self, asker: dict[str, str] = ANA) -> list[Any]:
        messages: list[Any] = (await self.get("/api/v1/sessions/stats/mean/history?limit=200", asker)).json["messages"]
        return messages

    async def told(self, asker: dict[str, str] = ANA) -> list[tuple[str, str, str]]:
        return [(message["role"], message["content"], message["status"]) for message in await self.history(asker)]


class Decided:
    """Policies of which the same one is in force everywhere, once the test has said which one."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self.effective_now: Effective | None = None

    async def effective(self, tenant: str, course: str, lesson: str | None = None) -> Effective:
        return self.effective_now or await self._book.effective(tenant, course, lesson)


def decided_by(policies: Decided, parts: Parts) -> Parts:
    return replace(parts, admit=replace(parts.admit, policies=policies))


def deciding(world: World, policy: Policy, *, paused: str = "") -> None:
    """Puts the policy in force from now on."""
    world.policies.effective_now = Effective(policy, paused=paused)


def asking(question: str, **fields: object) -> dict[str, object]:
    return {"course": "stats", "lesson": "mean", "messages": [{"role": "user", "content": question}], **fields}


async def trust_tenants(headers: Headers) -> Identity:
    """As in the open mode, with one more header that names the tenant."""
    tenant = dict(headers).get(b"x-tenant", b"default").decode()
    return replace(await trust_headers(headers), tenant=tenant)


OpenMaterial = Callable[[Database, Parts], AbstractAsyncContextManager[MaterialServices]]


class _ReadsAlone(HttpLessonIndex):
    async def read(self, asker: Identity, file_name: str, content: bytes, *, parts: bool = False) -> Reading:
        return await read_here(ReadContent(FORMATS, ApartReader(), fetcher_for()), file_name, content, parts=parts)

    async def remove(self, asker: Identity, course: str, lesson: str, source: str) -> None:
        """Nothing is there."""


def without_material(database: Database, parts: Parts) -> AbstractAsyncContextManager[MaterialServices]:
    """Pages and files beside lessons, with an index that nobody runs; files are read all the same."""
    index = _ReadsAlone(HttpGateway("http://127.0.0.1:9"))
    return open_material(database, index, fetcher_for(), parts, SystemClock(), 1_000_000)


@asynccontextmanager
async def assistant(
    folder: Path,
    web: Path | None = None,
    gateway: ScriptedGateway | None = None,
    *,
    database_url: str | None = None,
    material: OpenMaterial | None = None,
    installation: Installation | None = None,
    platform: LearningPlatform | None = None,
    connections: int = CONNECTIONS,
) -> AsyncIterator[World]:
    """A fresh assistant. database_url: None for SQLite in the folder. connections: to PostgreSQL."""
    database = await open_database(database_url or migrated_sqlite(folder), connections)
    store, gateway, clock = SqlConversations(database), gateway or ScriptedGateway(), SystemClock()
    settings = AskSettings(model="banyan/extractive", lease=timedelta(seconds=1))
    book = PolicyBook(SqlPolicies(database), clock, installation)
    policies = Decided(book)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(book.running())
        around = await stack.enter_async_context(open_surroundings(database, clock))
        parts = decided_by(policies, around.around(built_in_parts(clock)))
        parts = replace(parts, admit=replace(parts.admit, platform=platform or parts.admit.platform))
        checks = open_checks(database, gateway, parts.admit.platform, clock)
        parts = checks.within(parts)
        teaching = await stack.enter_async_context(open_teaching(database, gateway, parts, settings.model))
        parts = teaching.answering(parts)
        ask = await stack.enter_async_context(Ask(store, gateway, clock, settings, parts))
        beside = await stack.enter_async_context((material or without_material)(database, parts))
        tokens = BrowserTokens(b"0" * 32, KeyRing(SqlKeys(database), clock), clock)
        policy, turns = PolicyServices.of(book, parts.admit), around.services
        alerts = SqlAlerts(database)
        outbox = SqlOutbox(database, clock, (), timedelta(hours=1))
        check = CheckAlerts(alerts, alerts, policies, outbox, clock, gateway.healthy)
        stock = EmbeddedIndexStock(Browse(SqlLibrary(database)))
        reports = open_reports(database, stock, parts.admit.platform, clock, around.log.flush)
        files = SqlJobFiles(database)
        exports = ReportJobs(reports.show, files, clock)
        courses = Courses(gateway, parts.admit.platform)
        jobs = ManageJobs(SqlJobs(database), courses, clock, decides={"reports_export": exports.decide})
        services = AssistantServices(
            ask,
            store,
            gateway,
            clock,
            tokens=tokens,
            turns=turns,
            checks=checks.services,
            jobs=jobs,
            job_files=FetchFile(jobs, files, courses, clock),
            alerts=AlertServices(alerts, check, parts.admit.platform, clock),
            persons=PersonJobs(database, [around.log.flush], pause=0),
            personas=persona_book(database, SystemClock()),
            material=beside,
            policy=policy,
            teaching=teaching.services,
            reports=reports,
            generate=open_content(gateway, parts, store, around.board, settings.model),
            exports=export_material(clock),
            reviews=open_reviews(database, parts.admit, around.board),
        )
        app = create_assistant_app(
            services,
            authenticate=trust_tenants,
            web=web or folder / "web",
            before=lambda routes: McpEndpoint(routes, machines(services, b"0" * 32)),
        )
        async with (
            served(app) as url,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            yield World(url, gateway, client, services, policies, database)
    await database.close()
