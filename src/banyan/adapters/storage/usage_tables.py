"""The table of the usage ledger: one row per attempt, never changed once it is there."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, String, Table, text

from banyan.adapters.storage.tables import Moment, metadata

_COMPARED = text("listed IS NOT NULL")
usage = Table(
    "usage",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("day", String(10), nullable=False, comment="of `at` in UTC, as 2026-01-31"),
    Column("user", String, nullable=False),
    Column("key", String, comment="id of the virtual key"),
    Column("course", String),
    Column("task", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("deployment", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("model", String, nullable=False),
    Column("status", String, nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("cost", BigInteger, comment="nano-dollars; null where no price is known"),
    Column("price_version", String, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("first_token", Float),
    Column("cache", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("error", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("reported", BigInteger, comment="nano-dollars, as the provider said"),
    Column("listed", BigInteger, comment="nano-dollars, where `reported` is to be compared"),
    Index(None, "tenant", "at", "id"),
    Index(None, "tenant", "course", "at"),
    Index(None, "tenant", "user", "at"),
    Index(None, "at"),
    Index("ix_usage_reported", "at", sqlite_where=_COMPARED, postgresql_where=_COMPARED),
)
