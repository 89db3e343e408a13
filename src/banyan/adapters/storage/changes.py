"""Tells other processes that something which they keep in memory has changed."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.key_tables import EVERYBODY, changes


def mark_changed(connection: Connection, topic: str) -> None:
    """Makes the topic's number grow, within the transaction that changes what it names."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = insert(changes).values(tenant=EVERYBODY, topic=topic, number=1)
    connection.execute(
        first.on_conflict_do_update(
            index_elements=[changes.c.tenant, changes.c.topic], set_={"number": changes.c.number + 1}
        )
    )


def last_change(connection: Connection, topic: str) -> int:
    """The topic's number; 0 where nothing was ever changed."""
    where = (changes.c.tenant == EVERYBODY) & (changes.c.topic == topic)
    return connection.execute(select(changes.c.number).where(where)).scalar_one_or_none() or 0
