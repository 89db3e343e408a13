"""Wires deployments and aliases: those of `banyan.toml`, and those that operators change at run time."""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.registry import SqlRegistry
from banyan.app.bridges import injected
from banyan.app.settings import PREFIX, Settings
from banyan.edge.http.health import Finding, Probe
from banyan.kernel.clock import SystemClock
from banyan.proxy.usecases.fleet import Conditions, Fleet
from banyan.proxy.usecases.registry import Registry

_REFERABLE = re.compile(r"[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET)", re.ASCII)


def conditions(settings: Settings) -> Conditions:
    """How deployments are treated that do not say so themselves."""
    return Conditions(
        settings.patience,
        settings.breaker_failures,
        settings.breaker_pause_seconds,
        settings.rag_top_k,
        injected,
        settings.tutor_fallback,
    )


def referable(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that `env:NAME` may name: keys of providers, and nothing else that somebody could want to see sent."""
    return {
        name: value
        for name, value in environment.items()
        if value and _REFERABLE.fullmatch(name) and not name.startswith(PREFIX)
    }


@asynccontextmanager
async def open_registry(settings: Settings, database: Database, fleet: Fleet) -> AsyncIterator[Registry]:
    """Keeps the fleet current while the block runs. Raises: InvalidInput for what is wrong in the file."""
    registry = Registry(
        fleet,
        SqlRegistry(database),
        SystemClock(),
        deployments={name: table.get_secret_value() for name, table in settings.deployments.items()},
        aliases={name: table.get_secret_value() for name, table in settings.aliases.items()},
        patience=settings.patience,
    )
    async with registry.running():
        yield registry


def registry_probe(registry: Registry) -> Probe:
    """Whether changes to deployments reach this process, and whether all of them can be used."""

    async def look() -> Finding:
        return Finding("degraded", registry.fault) if registry.fault else Finding("ok")

    return look
