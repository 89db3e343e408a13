"""Wires what has to do with keys: who may come in, and the desk where an operator makes them."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.keys import SqlKeys
from banyan.adapters.storage.usage_reader import SqlUsage
from banyan.app.listening import is_loopback
from banyan.app.logs import set_up_logs
from banyan.app.settings import Settings, load_settings
from banyan.edge.cli.tools import Desk
from banyan.edge.http.browser_tokens import BrowserTokens
from banyan.edge.http.health import Finding
from banyan.edge.http.key_access import KeyAccess
from banyan.kernel.clock import SystemClock
from banyan.kernel.identity import DEFAULT_TENANT, SCOPES, Grant, Identity, Role
from banyan.proxy.usecases.key_ring import KeyRing
from banyan.proxy.usecases.manage_keys import ManageKeys

OPERATOR_KEY = "operator"
"""What the ledger calls the key of the settings, and that of commands on this machine."""
_OPERATOR = Identity(
    DEFAULT_TENANT,
    "local",
    frozenset({Role.ADMIN, Role.SERVICE}),
    Grant(OPERATOR_KEY, frozenset(SCOPES), all_tenants=True),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Opened for the services of one process. may_be_open: whether they listen on this machine alone."""

    ring: KeyRing
    manage: ManageKeys
    tokens: BrowserTokens
    may_be_open: bool

    def access(self, tokens: BrowserTokens | None = None) -> KeyAccess:
        """The authenticator of a service. tokens: where browsers speak to it."""
        return KeyAccess(self.ring, may_be_open=self.may_be_open, tokens=tokens)

    async def probe(self) -> Finding:
        """Whether changes to keys reach this process."""
        return Finding("degraded", self.ring.fault) if self.ring.fault else Finding("ok")


@asynccontextmanager
async def open_keys(settings: Settings, database: Database, local_key: str) -> AsyncIterator[Keys]:
    """Keeps the keys current while the block runs. local_key: as `open_services` has it; "" for none."""
    store, clock = SqlKeys(database), SystemClock()
    ring = KeyRing(store, clock)
    if local_key:
        ring.admit(local_key, _OPERATOR, closes=False)
    if settings.admin_key is not None:
        ring.admit(secret(settings.admin_key), _OPERATOR, closes=True)
    async with ring.running():
        tokens = BrowserTokens(await store.signing_secret(), ring, clock)
        yield Keys(ring, ManageKeys(store, clock, ring.refresh), tokens, is_loopback(settings.host))


@asynccontextmanager
async def open_desk(data: Path | None) -> AsyncIterator[Desk]:
    """The database of the settings, for an operator."""
    settings = load_settings(data=data)
    set_up_logs(logging.WARNING)
    database = await open_database(settings.database_address)
    try:
        yield Desk(ManageKeys(SqlKeys(database), SystemClock()), SqlUsage(database), settings.price_drift)
    finally:
        await database.close()


async def has_keys(settings: Settings) -> bool:
    """Whether the service would not be open to everybody."""
    if settings.admin_key is not None:
        return True
    database = await open_database(settings.database_address)
    try:
        return bool(await SqlKeys(database).all())
    finally:
        await database.close()


def secret(value: SecretStr | None) -> str:
    """In the clear; "" where it is not set."""
    return "" if value is None else value.get_secret_value()
