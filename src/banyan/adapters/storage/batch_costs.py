"""What batches cost, from the usage ledger."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.usage_tables import usage
from banyan.kernel.money import Money
from banyan.proxy.ports.spent import Spent


class SqlSpent:
    """Implements `SpentReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, tenant: str, prefix: str, *, since: datetime, until: datetime) -> Spent:
        """Served by the index on tenant and time."""
        return await self._database.read(_spent, tenant, prefix, since, until)


def _spent(connection: Connection, tenant: str, prefix: str, since: datetime, until: datetime) -> Spent:
    sums = (
        func.coalesce(func.sum(usage.c.cost), 0),
        func.count() - func.count(usage.c.cost),
        func.count(),
        func.coalesce(func.sum(usage.c.input_tokens), 0),
        func.coalesce(func.sum(usage.c.output_tokens), 0),
    )
    mine = (usage.c.tenant == tenant, usage.c.at >= since, usage.c.at <= until)
    row = connection.execute(select(*sums).where(*mine, usage.c.request_id.startswith(prefix, autoescape=True))).one()
    cost, unpriced, calls, read, written = (int(value) for value in row)
    return Spent(Money(cost), unpriced, calls, read, written)
