"""The tables of virtual keys, of this installation's secrets, and of what other processes should look at again."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

EVERYBODY = ""
"""The tenant of rows that are about the whole installation."""

keys = Table(
    "keys",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("user", String, nullable=False),
    Column("roles_json", Text, nullable=False),
    Column("scopes_json", Text, nullable=False),
    Column("models_json", Text, comment="null for all"),
    Column("courses_json", Text, comment="null for all"),
    Column("all_tenants", Boolean, nullable=False),
    Column("requests_per_minute", Integer),
    Column("tokens_per_minute", Integer),
    Column("parallel", Integer),
    Column("shown", String, nullable=False, comment="how the secret begins"),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the secret, in hexadecimal digits"),
    Column("old_hash", String(64)),
    Column("old_until", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("rotated_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("last_used_at", Moment),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("kind", String, primary_key=True, comment="user or tenant"),
    Column("subject", String, primary_key=True, comment="empty for each user, and for the tenant"),
    Column("requests_per_minute", Integer),
    Column("tokens_per_minute", Integer),
    Column("parallel", Integer),
)

secrets = Table(
    "secrets",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("number", Integer, nullable=False, comment="grows with every change to what the topic names"),
)
