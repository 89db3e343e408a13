"""Tells other processes that something which they keep in memory has changed."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.key_tables import EVERYBODY, changes


def mark_changed(connection: Connection, topic: str, tenant: str = EVERYBODY) -> None:
    """Makes the topic's number grow, within the transaction that changes what it names.

    tenant: where others have nothing to look at again.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = insert(changes).values(tenant=tenant, topic=topic, number=1)
    connection.execute(
        first.on_conflict_do_update(
            index_elements=[changes.c.tenant, changes.c.topic], set_={"number": changes.c.number + 1}
        )
    )


def last_change(connection: Connection, topic: str) -> int:
    """The topic's number; 0 where nothing was ever changed."""
    where = (changes.c.tenant == EVERYBODY) & (changes.c.topic == topic)
    return connection.execute(select(changes.c.number).where(where)).scalar_one_or_none() or 0


def changes_by_tenant(connection: Connection, topic: str) -> dict[str, int]:
    """The topic's number of each tenant that has any."""
    query = select(changes.c.tenant, changes.c.number).where(changes.c.topic == topic)
    return {row.tenant: row.number for row in connection.execute(query)}
