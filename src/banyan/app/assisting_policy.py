"""Wires what is decided about the tutor: by `banyan.toml`, and at run time by tenants, courses and lessons."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.policies import SqlPolicies
from banyan.app.settings import Settings
from banyan.assistant.domain.legacy_policy import read_fields
from banyan.assistant.domain.policy import Level
from banyan.assistant.domain.policy_fields import known_field
from banyan.assistant.domain.policy_names import guardrail_fault
from banyan.assistant.domain.resolving import NOTHING, Layer, Mark
from banyan.assistant.usecases.change_policy import REQUIRED
from banyan.assistant.usecases.parts import Parts
from banyan.assistant.usecases.policy_book import Installation, PolicyBook
from banyan.edge.http.health import Finding, Probe
from banyan.kernel.clock import SystemClock
from banyan.kernel.errors import InvalidInput

_LOCKS = "locks"


def installation(settings: Settings) -> Installation:
    """What the settings say. Raises: InvalidInput, naming the table."""
    return Installation(
        _layer(settings.policy, "[policy]"),
        {name: _layer(tenant.policy, f"[tenants.{name}.policy]") for name, tenant in settings.tenants.items()},
    )


@asynccontextmanager
async def open_policies(settings: Settings, database: Database) -> AsyncIterator[PolicyBook]:
    """Keeps them current while the block runs. Raises: InvalidInput for what is wrong in the settings."""
    book = PolicyBook(SqlPolicies(database), SystemClock(), installation(settings))
    async with book.running():
        yield book


def under(parts: Parts, book: PolicyBook) -> Parts:
    """The parts of a turn, with these policies in force."""
    return replace(parts, admit=replace(parts.admit, policies=book))


def policies_probe(book: PolicyBook) -> Probe:
    """Whether changes to policies reach this process."""

    async def look() -> Finding:
        return Finding("degraded", book.fault) if book.fault else Finding("ok")

    return look


def _layer(table: Mapping[str, Any], name: str) -> Layer:
    if not table:
        return NOTHING
    locks = table.get(_LOCKS, [])
    try:
        written = read_fields({key: value for key, value in table.items() if key != _LOCKS}, Level.INSTALLATION)
        if written.faults:
            raise written.faults[0]
        if not isinstance(locks, list) or not all(isinstance(lock, str) for lock in locks):
            raise InvalidInput("`locks` takes a list of names of fields; correct it.")
        for field, value in written.values.items():
            fault = None if value is None else guardrail_fault(field, value, REQUIRED)
            if fault is not None:
                raise fault
        values = {field: value for field, value in written.values.items() if value is not None}
        return Layer(values, {known_field(lock).name: Mark() for lock in locks}, kept=written.kept)
    except InvalidInput as error:
        raise InvalidInput(f"In the setting {name}: {error.message}", param=error.param) from error
