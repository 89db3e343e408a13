"""Responses in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.response_tables import responses
from banyan.proxy.domain.responses_stored import StoredResponse

_COLUMNS = (
    responses.c.tenant,
    responses.c.owner,
    responses.c.id,
    responses.c.conversation,
    responses.c.previous,
    responses.c.created,
    responses.c.expires,
    responses.c.body_json,
    responses.c.items_json,
)


class SqlResponses:
    """The store of responses on SQLite and PostgreSQL; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, response: StoredResponse, *, now: datetime) -> None:
        """As the port says."""
        await self._database.write(_add, response, now)

    async def get(self, tenant: str, owner: str, id: str, *, now: datetime) -> StoredResponse | None:
        """As the port says."""
        found = await self._database.read(_all, _owned(tenant, owner, now).where(responses.c.id == id))
        return found[0] if found else None

    async def conversation(self, tenant: str, owner: str, id: str, *, now: datetime) -> Sequence[StoredResponse]:
        """As the port says."""
        of_last = select(responses.c.conversation).where(responses.c.tenant == tenant, responses.c.id == id)
        query = _owned(tenant, owner, now).where(responses.c.conversation == of_last.scalar_subquery())
        by_id = {found.id: found for found in await self._database.read(_all, query)}
        chain: list[StoredResponse] = []
        step = by_id.get(id)
        while step is not None:
            chain.append(step)
            step = by_id.get(step.previous) if step.previous is not None else None
        return chain[::-1]

    async def delete(self, tenant: str, owner: str, id: str, *, now: datetime) -> bool:
        """As the port says."""
        return await self._database.write(_delete, tenant, owner, id, now)


def _add(connection: Connection, response: StoredResponse, now: datetime) -> None:
    connection.execute(delete(responses).where(responses.c.expires <= now))
    if response.previous is not None:
        of_conversation = (responses.c.tenant == response.tenant, responses.c.conversation == response.conversation)
        older = responses.c.expires < response.expires
        connection.execute(update(responses).where(*of_conversation, older).values(expires=response.expires))
    row = (
        response.tenant,
        response.owner,
        response.id,
        response.conversation,
        response.previous,
        response.created,
        response.expires,
        response.body,
        response.items,
    )
    names = (column.name for column in _COLUMNS)
    connection.execute(insert(responses).values(dict(zip(names, row, strict=True))))


def _all(connection: Connection, query: Select[Any]) -> list[StoredResponse]:
    return [StoredResponse(*row) for row in connection.execute(query)]


def _delete(connection: Connection, tenant: str, owner: str, id: str, now: datetime) -> bool:
    mine = (responses.c.tenant == tenant, responses.c.owner == owner, responses.c.id == id)
    return connection.execute(delete(responses).where(*mine, responses.c.expires > now)).rowcount > 0


def _owned(tenant: str, owner: str, now: datetime) -> Select[Any]:
    return select(*_COLUMNS).where(responses.c.tenant == tenant, responses.c.owner == owner, responses.c.expires > now)
