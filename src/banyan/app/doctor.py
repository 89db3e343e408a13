"""What `banyan doctor` looks at; it changes nothing."""

import asyncio
import json
import os
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from banyan.adapters.embedders.minilm_files import (
    WEIGHTS_SHA256,
    checked_file,
    installed_weights,
    is_intact,
    model_file,
)
from banyan.adapters.platforms import PLATFORMS
from banyan.adapters.providers import PROVIDERS
from banyan.adapters.storage.engine import newest_revision, open_database, revision_of
from banyan.adapters.storage.usage_reader import SqlUsage
from banyan.app.assisting_turns import lms_access
from banyan.app.bookkeeping import named_deployments, open_prices
from banyan.app.data_folder import Addresses, addresses_in, is_held
from banyan.app.listening import bind
from banyan.app.provider_entries import provider_entries, provider_needs
from banyan.app.settings import Settings, load_settings, unknown_variables
from banyan.app.vector_store import chosen_store
from banyan.assistant.domain.roster import Roster
from banyan.assistant.ports.platform import PlatformNeeds
from banyan.edge.cli.tools import Check
from banyan.edge.http.page_folder import BUILT
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.knowledge import Passage, Scope, SearchMode, Vector
from banyan.proxy.domain.search_options import SearchOptions
from banyan.proxy.ports.knowledge import Found
from banyan.proxy.ports.vector_store import StoreNeeds, VectorStoreEntry
from banyan.proxy.usecases.watch_charges import charge_alarms


class NoKnowledge:
    """An empty index: enough to open a provider, which is all that is tried here."""

    async def search(
        self,
        scope: Scope,
        query: str,
        *,
        limit: int,
        mode: SearchMode = "hybrid",
        with_sentences: bool = False,
        beside: tuple[Scope, int] | None = None,
        options: SearchOptions | None = None,
    ) -> Found:
        """Nothing."""
        return Found((), None)

    async def lesson(self, scope: Scope) -> Sequence[Passage]:
        """Nothing."""
        return ()

    async def embed(self, texts: Sequence[str]) -> list[Vector] | None:
        """No vectors."""
        return None

    async def knows(self, scope: Scope) -> bool:
        """Nothing."""
        return False


class NoRosters:
    """None: enough to open a platform, which is all that is tried here."""

    async def roster(self, tenant: str, course: str) -> Roster | None:
        """Nothing."""
        return None


WITH_A_FILE = frozenset(PROVIDERS[name].name for name in PROVIDERS)
"""Providers that are looked at one by one; those that are rows of data share a line."""
SERVICE_SECONDS = 5
"""A service on this machine that needs longer for its health is not well."""


async def examine(data: Path | None) -> list[Check]:
    """Every check, in the order in which one would repair things."""
    checks = [_python()]
    try:
        settings = load_settings(data=data)
    except BanyanError as error:
        return [*checks, Check("settings", "fail", error.message)]
    running = addresses_in(settings.data) if is_held(settings.data, "proxy") else None
    checks += await asyncio.to_thread(_installation, settings, running)
    checks.append(await _redis(settings))
    checks.append(await _learning_platform(settings))
    checks += [check async for check in _providers(settings)]
    checks += await asyncio.to_thread(_prices, settings)
    checks += await _charges(settings)
    return [*checks, *_ports(settings, running), _web_page()]


def _installation(settings: Settings, running: Addresses | None) -> list[Check]:
    checks = [*_settings(), _data_folder(settings), _database(settings)]
    return [*checks, _vectors(settings, running), _model(settings)]


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("Python", "ok", version)


def _settings() -> Iterator[Check]:
    strangers = unknown_variables()
    for name, near in strangers.items():
        yield Check("settings", "warn", f"nothing reads {name}", f"Did you mean {near}?" if near else "Unset it.")
    if not strangers:
        yield Check("settings", "ok", "all understood")


def _data_folder(settings: Settings) -> Check:
    folder = settings.data.absolute()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
        return Check("data folder", "fail", f"{folder} cannot be written", "Choose another with --data or BANYAN_DATA.")
    return Check("data folder", "ok", str(folder) if folder.exists() else f"{folder} will be made at first start")


def _database(settings: Settings) -> Check:
    path = settings.database_path
    if path is None:
        return _database_server(settings)
    path = path.absolute()
    if not path.exists():
        return Check("database", "ok", "will be made at first start")
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return Check(
            "database", "fail", f"{path}: {error}", "Restore it from a backup, or move it away and index again."
        )
    if rows != [(newest_revision(),)]:
        return Check("database", "warn", "tables are of an older version", "The next start brings them up to date.")
    return Check("database", "ok", f"{path}, tables at {newest_revision()}")


def _database_server(settings: Settings) -> Check:
    try:
        revision = asyncio.run(revision_of(settings.database_address))
    except BanyanError as error:
        return Check("database", "fail", error.message)
    if revision is None:
        return Check("database", "ok", "PostgreSQL; tables will be made at first start")
    if revision != newest_revision():
        return Check("database", "warn", f"tables are at {revision}", "The next start brings them up to date.")
    return Check("database", "ok", f"PostgreSQL, tables at {revision}")


async def _redis(settings: Settings) -> Check:
    if settings.redis_url is None:
        return Check("redis", "ok", "not configured", "Set REDIS_URL when several processes are to share their state.")
    from banyan.app.redis_client import open_redis, ping

    try:
        redis = open_redis(
            settings.redis_url.get_secret_value(),
            timeout=settings.redis_timeout,
            connect_timeout=settings.redis_connect_timeout,
        )
        try:
            await ping(redis)
        finally:
            await redis.aclose()
    except BanyanError as error:
        return Check("redis", "fail", error.message)
    return Check("redis", "ok", "answers")


async def _learning_platform(settings: Settings) -> Check:
    name, entry = "learning platform", PLATFORMS[settings.platform]
    if not entry.asks:
        if settings.lms_api_url is None:
            return Check(name, "ok", entry.summary)
        step = "Set BANYAN_PLATFORM to frappe or http, or unset LMS_API_URL."
        return Check(name, "warn", f"LMS_API_URL is set, but {entry.name} asks nobody", step)
    access = replace(lms_access(settings), deadline=min(settings.lms_timeout, SERVICE_SECONDS))
    try:
        platform = entry.open(PlatformNeeds(NoRosters(), access))
        try:
            found = await platform.look()
        finally:
            await platform.close()
    except BanyanError as error:
        return Check(name, "fail", error.message, "docs/how-to/ask-the-lms-who-may.md says what it needs.")
    if not found.complete:
        step = "Give the key's user the right to read them; docs/how-to/ask-the-lms-who-may.md names all four."
        return Check(name, "warn", found.sentence, step)
    if _in_the_clear(access.url):
        return Check(name, "warn", f"{found.sentence} Its key travels in the clear", "Use its https address.")
    return Check(name, "ok", found.sentence)


def _in_the_clear(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return url.startswith("http://") and host != "localhost" and not host.startswith("127.") and host != "::1"


def _vectors(settings: Settings, running: Addresses | None) -> Check:
    if running is not None and running.proxy is not None:
        return _service("vector store", running.proxy)
    try:
        entry, needs = asyncio.run(chosen_store(settings))
        if entry.shared:
            return asyncio.run(_shared_index(entry, needs))
    except BanyanError as error:
        return Check("vector store", "fail", error.message)
    folder = needs.folder
    if settings.database_path is None:
        hint = "Only one proxy can serve this database; install pgvector, or set QDRANT_URL, to run several."
        return Check("vector store", "warn", f"{entry.summary}: {folder}", hint)
    if not folder.exists():
        return Check("vector store", "ok", "will be made at first start")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("vector store", "fail", f"{folder} cannot be written", "Give yourself the right to write there.")
    return Check("vector store", "ok", str(folder))


async def _shared_index(entry: VectorStoreEntry, needs: StoreNeeds) -> Check:
    if entry.name == "qdrant":
        from banyan.adapters.vectors.qdrant import is_there

        await is_there(needs)
    return Check("vector store", "ok", f"{entry.summary}, answers")


def _service(name: str, url: str) -> Check:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=SERVICE_SECONDS) as answer:
            state = json.load(answer)
    except (OSError, ValueError) as error:
        return Check(name, "fail", f"the service at {url} does not answer: {error}", "Restart it.")
    about = state.get("dependencies", {}).get(name, {}).get("reason", "")
    return Check(name, "ok", f"held by the service at {url}, which says {state.get('status')}. {about}".rstrip())


def _model(settings: Settings) -> Check:
    name = "embedding model"
    for folder in settings.model_folders:
        if is_intact(path := model_file(folder, "int8")):
            return Check(name, "ok", str(path))
    try:
        checked_file(installed_weights() / "model.safetensors", WEIGHTS_SHA256)
    except BanyanError as error:
        return Check(name, "warn", error.message, "Until then search works by words alone.")
    return Check(name, "warn", "not built yet, the weights are right", "It is built at first start, or by make setup.")


async def _providers(settings: Settings) -> AsyncIterator[Check]:
    needs = provider_needs(settings.provider_environment, NoKnowledge(), settings.embedding_batch_size)
    try:
        entries = provider_entries(settings.provider_tables)
    except BanyanError as error:
        yield Check("providers", "fail", error.message)
        return
    absent: list[str] = []
    for entry in entries:
        try:
            found = entry.open(needs)
        except BanyanError as error:
            yield Check(f"provider {entry.name}", "fail", error.message)
            continue
        if found is not None:
            await found.close()
            yield Check(f"provider {entry.name}", "ok", entry.summary)
        elif entry.name in WITH_A_FILE:
            yield Check(f"provider {entry.name}", "ok", "not configured", entry.missing)
        else:
            absent.append(entry.name)
    step = "docs/reference/providers.md names the variable of each."
    yield Check("other providers", "ok", f"not configured: {', '.join(absent)}", step)


def _prices(settings: Settings) -> list[Check]:
    found = list(open_prices(settings).alarms(named_deployments(settings)))
    if not found:
        return [Check("prices", "ok", "known where they matter")]
    return [Check(f"model {alarm.subject}", "warn", alarm.message) for alarm in found]


async def _charges(settings: Settings) -> list[Check]:
    """Of a database that is there and current, which opening it does not change."""
    path = settings.database_path
    try:
        if (path is not None and not path.exists()) or await revision_of(
            settings.database_address
        ) != newest_revision():
            return []
        database = await open_database(settings.database_address)
        try:
            found = await charge_alarms(SqlUsage(database), SystemClock().now(), settings.price_drift)
        finally:
            await database.close()
    except BanyanError:
        return []  # the check of the database says what is wrong with it
    return [Check(f"model {alarm.subject}", "warn", alarm.message) for alarm in found]


def _ports(settings: Settings, running: Addresses | None) -> Iterator[Check]:
    if running is not None:
        places = ", ".join(url for url in (running.assistant, running.proxy) if url)
        yield Check("service", "ok", f"running at {places}")
        return
    for option, port in (("--assistant-port", settings.assistant_port), ("--proxy-port", settings.proxy_port)):
        name = f"port {port}"
        try:
            bind(settings.host, port, option).close()
        except BanyanError as error:
            yield Check(name, "warn", error.message)
        else:
            yield Check(name, "ok", "free")


def _web_page() -> Check:
    if (BUILT / "index.html").is_file():
        return Check("web page", "ok", "built")
    return Check("web page", "warn", "not built", "Install Node.js 20 or newer and run make setup.")
