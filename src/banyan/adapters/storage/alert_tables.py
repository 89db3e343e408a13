"""The tables of alerts, and of what is on its way to people."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("course", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("opened", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("until", Moment),
    Column("closed", Moment),
    Column("reason", Text, nullable=False),
    Column("acknowledged_by", String, nullable=False),
    Column("acknowledged_at", Moment),
    Index(None, "tenant", "opened"),
    Index(None, "state"),
)

alert_outbox = Table(
    "alert_outbox",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, comment="what was told, and where"),
    Column("target", String, nullable=False),
    Column("body_json", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("sent", Moment),
    Column("error", Text),
    Index(None, "tenant", "key", "created"),
    Index(None, "sent", "not_before"),
)
