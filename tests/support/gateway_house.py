"""The gateway on a real socket, with two deployments behind one alias, real books, and upstreams that can break."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from faulty_upstream import FaultyUpstream, faulty_upstream
from http_server import served
from openai import AsyncOpenAI
from private_servers import migrated_sqlite
from shelf import Shelf
from sqlalchemy import text

from banyan.adapters.providers import PROVIDERS
from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_ledger import SpooledLedger
from banyan.app.unmetered import Unlimited
from banyan.edge.http.access import Gate, trust_headers
from banyan.edge.http.openai_chat import ChatCompletions
from banyan.kernel.errors import NotFound
from banyan.kernel.money import money
from banyan.proxy.domain.cache_policy import CacheRules
from banyan.proxy.domain.deployments import Alias, Capabilities, Deployment, Patience, Target
from banyan.proxy.domain.pricing import Price
from banyan.proxy.ports.answer_cache import AnswerCache
from banyan.proxy.ports.budgets import Budgets
from banyan.proxy.ports.chat_provider import ProviderNeeds
from banyan.proxy.usecases.complete import Complete
from banyan.proxy.usecases.fleet import Accounts, Conditions, Fleet
from banyan.proxy.wrappers.cached import Answers
from banyan.proxy.wrappers.flight import Flight
from banyan.proxy.wrappers.nearby import Nearby

ASK = [{"role": "user", "content": "What does a leaf do?"}]
PRICE = Price(money("1"), money("2"), "test")
QUICK = Patience(connect=1, first_byte=0.4, idle=0.4, total=8)
EXACT = CacheRules()
QUICK_TO_OPEN = Conditions(failures=4, pause=0.5)


class Listed:
    """Prices as the deployments say them."""

    def of(self, deployment: Deployment) -> Price | None:
        return deployment.price


@dataclass
class Answer:
    """What a client got: status, headers (lower case), and the body as JSON, or the events of a stream."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]
    events: list[str]

    @property
    def chunks(self) -> list[dict[str, Any]]:
        return [json.loads(event) for event in self.events if event != "[DONE]"]

    @property
    def text(self) -> str:
        if not self.events:
            return self.body["choices"][0]["message"]["content"]
        choices = [choice for chunk in self.chunks for choice in chunk.get("choices", ())]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    @property
    def error(self) -> dict[str, Any] | None:
        if not self.events:
            return self.body.get("error")
        return next((chunk["error"] for chunk in self.chunks if "error" in chunk), None)

    @property
    def finished(self) -> bool:
        choices = [choice for chunk in self.chunks for choice in chunk.get("choices", ())]
        return any(choice["finish_reason"] for choice in choices)


@dataclass
class Gateway:
    """primary, backup: the deployments of the alias `m`, in this order. alone: an alias of the primary only.

    flights: upstream calls that others may join. answers: the cache.
    """

    url: str
    fleet: Fleet
    ledger: SpooledLedger
    database: Database
    primary: FaultyUpstream
    backup: FaultyUpstream
    client: AsyncOpenAI
    web: aiohttp.ClientSession
    shelf: Shelf
    flights: Mapping[str, Flight]
    answers: Answers | None = None

    async def ask(
        self, model: str = "m", *, stream: bool = False, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """One completion, read to its end. more: of the body."""
        body = {"model": model, "messages": ASK, "stream": stream, **more}
        async with self.web.post("/v1/chat/completions", json=body, headers=headers) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            data = await response.read()
        if headers["content-type"].startswith("text/event-stream"):
            events = [event.removeprefix("data: ") for event in data.decode().split("\n\n") if event]
            assert events.count("[DONE]") == 1
            assert events[-1] == "[DONE]"
            return Answer(response.status, headers, {}, events)
        return Answer(response.status, headers, json.loads(data), [])

    async def rows(self) -> list[dict[str, Any]]:
        """The ledger, oldest first."""
        await self.ledger.drain()
        async with self.database.reading() as connection:
            found = await connection.execute(text("SELECT * FROM usage ORDER BY at, id"))
            return [dict(row) for row in found.mappings()]

    async def statuses(self) -> list[tuple[str, str]]:
        """Deployment and status of every row."""
        return [(row["deployment"], row["status"]) for row in await self.rows()]


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    raise NotFound("Only chat completions are served here; use POST /v1/chat/completions.")


def deployment(name: str, upstream: FaultyUpstream, **more: Any) -> Deployment:
    """One at that upstream; its model is called `NAME-model`."""
    settings = {"base_url": upstream.base_url, "api_key": "sk-secret-123456"}
    given = {"price": PRICE, "patience": QUICK, **more}
    return Deployment(name, "openai", f"{name}-model", settings, **given)


@asynccontextmanager
async def open_gateway(
    folder: Path,
    *,
    conditions: Conditions = QUICK_TO_OPEN,
    cache: AnswerCache | None = None,
    rules: CacheRules = EXACT,
    budgets: Budgets | None = None,
    database_url: str | None = None,
    patience: Patience = QUICK,
    nearby: Nearby | None = None,
    also: Sequence[str] = (),
) -> AsyncIterator[Gateway]:
    """The gateway for as long as the block runs.

    cache: where answers are kept; None for nowhere. database_url: of the books; None for SQLite in the folder.
    nearby: as `Answers` has it. also: further providers of the catalogue.
    """
    async with faulty_upstream() as primary, faulty_upstream() as backup:
        database = await open_database(database_url or migrated_sqlite(folder))
        ledger = SpooledLedger(folder / "spool", database)
        shelf = Shelf()
        answers = None if cache is None else Answers(cache, shelf, ledger, b"secret", rules, nearby=nearby)
        needs = ProviderNeeds({}, shelf)
        fleet = Fleet(
            [PROVIDERS[name] for name in ("openai", "anthropic", "echo", *also)],
            needs,
            Accounts(Listed(), budgets or Unlimited(), ledger),
            shelf,
            conditions,
        )
        fleet.apply(
            [
                deployment("primary", primary, patience=patience),
                deployment("backup", backup, patience=patience),
                deployment("long", backup, capabilities=Capabilities(context_window=1_000_000)),
                deployment("prefills", backup, capabilities=Capabilities(prefill=True)),
            ],
            [
                Alias("m", (Target("primary"), Target("backup"))),
                Alias("alone", (Target("primary"),)),
                Alias("lengthy", (Target("primary"), Target("long", longer=True))),
                Alias("resumed", (Target("primary"), Target("prefills"))),
                Alias("unfiltered", (Target("primary"), Target("backup")), route_around_content_filter=True),
            ],
        )
        app = Gate(
            ChatCompletions(_nowhere, Complete(fleet, Unlimited(), default_model="m", answers=answers)),
            trust_headers,
            open_ports=frozenset(),
        )
        async with (
            ledger.running(),
            served(app) as url,
            AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client,
            aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as web,
        ):
            flights = answers.flights if answers else {}
            yield Gateway(url, fleet, ledger, database, primary, backup, client, web, shelf, flights, answers)
        if answers is not None:
            await answers.close()
        await fleet.close()
        await database.close()
