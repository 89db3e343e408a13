"""Models and routes for commands: as the running service has them, else as settings and database say."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from banyan.adapters.embedders.minilm import NAMES, MiniLM
from banyan.adapters.gateways.http import connection_errors, proxy_error
from banyan.adapters.prices.book import FREE
from banyan.adapters.storage.engine import open_database
from banyan.app.bookkeeping import open_prices
from banyan.app.data_folder import Addresses, is_held
from banyan.app.doctor import NoKnowledge
from banyan.app.logs import set_up_logs
from banyan.app.provider_entries import provider_entries, provider_needs
from banyan.app.registry import conditions, open_registry, referable
from banyan.app.settings import Settings, load_settings
from banyan.app.unmetered import UNMETERED
from banyan.app.workspace import service_addresses
from banyan.edge.cli.tools import ModelDesk, RouteQuestion
from banyan.edge.http.admin_routing import wish_of
from banyan.edge.http.model_routes import model_body
from banyan.edge.http.registry_bodies import explanation_body
from banyan.proxy.usecases.explain_route import ExplainRoute
from banyan.proxy.usecases.fleet import Accounts, Fleet
from banyan.proxy.usecases.list_models import ListModels, ModelCard

_SECONDS = 30


@asynccontextmanager
async def open_models(data: Path | None) -> AsyncIterator[ModelDesk]:
    """Of the settings' data folder."""
    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    if is_held(settings.data, "proxy"):
        addresses = await service_addresses(settings.data)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield _Running(session, addresses)
        return
    async with _closed_folder(settings) as desk:
        yield desk


class _Running:
    """Over HTTP."""

    running = True

    def __init__(self, session: aiohttp.ClientSession, addresses: Addresses) -> None:
        self._session = session
        self._addresses = addresses

    async def list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._get("/v1/models", {}, "default"))["data"]
        return found

    async def explain(self, question: RouteQuestion) -> dict[str, Any]:
        asked = {"model": question.model, "task": question.task, "needs": ",".join(sorted(question.needs))}
        asked |= {name: value for name in ("course", "zone") if (value := getattr(question, name)) is not None}
        return await self._get("/admin/explain", asked, question.tenant)

    async def _get(self, path: str, query: dict[str, str], tenant: str) -> dict[str, Any]:
        headers = {"X-API-Key": self._addresses.key, "X-Banyan-Tenant": tenant}
        with connection_errors():
            async with self._session.get(f"{self._addresses.proxy}{path}", params=query, headers=headers) as response:
                body = await response.read()
        if not response.ok:
            raise proxy_error(body, response.status)
        found: dict[str, Any] = msgspec.json.decode(body)
        return found


class _Still:
    """As settings and database say, with nobody's calls."""

    running = False

    def __init__(self, models: ListModels, explain: ExplainRoute) -> None:
        self._models = models
        self._explain = explain

    async def list(self) -> list[dict[str, Any]]:
        return [model_body(card).model_dump(exclude_unset=True) for card in await self._models.all()]

    async def explain(self, question: RouteQuestion) -> dict[str, Any]:
        wish = wish_of(question.task, question.zone, question.needs)
        found = self._explain.explain(question.tenant, question.model, wish, question.course)
        return explanation_body(found).model_dump(mode="json")


@asynccontextmanager
async def _closed_folder(settings: Settings) -> AsyncIterator[ModelDesk]:
    async with AsyncExitStack() as stack:
        database = await open_database(settings.database_address)
        stack.push_async_callback(database.close)
        environment = {**referable(), **settings.provider_environment}
        needs = provider_needs(environment, NoKnowledge(), settings.embedding_batch_size)
        accounts = Accounts(open_prices(settings), UNMETERED.budgets, UNMETERED.ledger)
        entries = provider_entries(settings.provider_tables)
        fleet = Fleet(entries, needs, accounts, NoKnowledge(), conditions(settings))
        stack.push_async_callback(fleet.close)
        registry = await stack.enter_async_context(open_registry(settings, database, fleet))
        embedder = MiniLM(settings.model_folders)
        stack.push_async_callback(embedder.close)
        own = ModelCard(NAMES[0], "banyan", ("embeddings",), embedder.dimensions, price=FREE)
        yield _Still(ListModels(fleet, [own]), ExplainRoute(fleet, registry.zone_of))
