"""The tables of the turn log. Amounts are nano-dollars."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

turn_log = Table(
    "turn_log",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("user", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("surface", String, nullable=False),
    Column("outcome", String, nullable=False, comment="answered, withheld, failed or interrupted"),
    Column("session", String, nullable=False),
    Column("message", String, nullable=False),
    Column("model", String, nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("status_code", Integer, nullable=False, comment="of the provider; 0 where there was none"),
    Column("error", Text, nullable=False),
    Column("notice", String, nullable=False),
    Column("latency_ms", Integer, nullable=False),
    Column("first_token_ms", Integer),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("help_level", String, nullable=False),
    Column("covered", Boolean),
    Column("request_id", String, nullable=False),
    Index(None, "tenant", "course", "at"),
    Index(None, "tenant", "user", "at"),
    Index(None, "tenant", "at"),
)

guardrail_events = Table(
    "guardrail_events",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("user", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("source", String, nullable=False),
    Column("guardrail", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("action", String, nullable=False),
    Column("event_type", String, nullable=False),
    Column("snippet", String, nullable=False, comment="at most 240 characters, masked"),
    Column("notice", String, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("request_id", String, nullable=False),
    Index(None, "tenant", "course", "at"),
    Index(None, "tenant", "user", "at"),
    Index(None, "tenant", "at"),
)
