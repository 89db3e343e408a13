"""Rows of the ledger as tests write and read them."""

from pathlib import Path
from typing import Any

from private_servers import migrated_sqlite
from sqlalchemy import Connection, select

from banyan.adapters.storage.engine import Database, open_database
from banyan.adapters.storage.usage_tables import usage
from banyan.kernel.money import money
from banyan.proxy.domain.accounting import Attempt, Caller, Status
from banyan.proxy.domain.pricing import Tokens

NOON = 1_790_000_000.0
"""2026-09-21, 14:13:20 in UTC."""


def attempt(id: str, **more: Any) -> Attempt:
    """A finished answer of a paid model that cost a cent."""
    about: dict[str, Any] = {
        "caller": Caller("school", "ada", "key_1", "stats", "chat", f"req_{id}"),
        "deployment": "openai/gpt-4o",
        "provider": "openai",
        "model": "gpt-4o",
        "at": NOON,
        "status": Status.OK,
        "tokens": Tokens(100, 20, 10),
        "cost": money("0.01"),
        "price_version": "list",
        "seconds": 1.5,
        "first_token": 0.25,
        "reason": "first choice",
        "reserved": money("0.05"),
    }
    return Attempt(id, **{**about, **more})


async def rows(database: Database) -> dict[str, Any]:
    """Every row by its id."""

    def read(connection: Connection) -> dict[str, Any]:
        return {row.id: row for row in connection.execute(select(usage).order_by(usage.c.id))}

    return await database.read(read)


async def open_books(folder: Path) -> Database:
    """A database of its own."""
    return await open_database(migrated_sqlite(folder))
