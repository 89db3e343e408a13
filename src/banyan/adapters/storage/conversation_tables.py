"""The tables of conversations.

Positions within a session are given out in pairs: an even one for the question, the next for its answer.
A turn is kept only for questions that came with an `Idempotency-Key`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from banyan.adapters.storage.tables import Moment, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("user", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("number", Integer, nullable=False, comment="the highest of a learner and lesson is the current one"),
    Column("title", String, nullable=False),
    Column("next_position", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("summary", Text, nullable=False, server_default=""),
    Column("summarised", Integer, nullable=False, server_default="0"),
    UniqueConstraint("tenant", "user", "course", "lesson", "number"),
    Index(None, "tenant", "user", "updated"),
)

messages = Table(
    "messages",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("citations_json", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("model", String, nullable=False),
    Column("finish_reason", String, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("notice_json", Text),
    Column("checks_json", Text, comment="what came of looking at the answer; absent where nothing was noted"),
    UniqueConstraint("tenant", "session", "position"),
    ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.id"], ondelete="CASCADE"),
)

turns = Table(
    "turns",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_hash", String, nullable=False),
    Column("session", String, nullable=False),
    Column("question", String, nullable=False),
    Column("answer", String, nullable=False, comment="id of the answer, which may not be stored yet"),
    Column("attempt", String, nullable=False, comment="the try that may store the answer"),
    Column("state", String, nullable=False),
    Column("expires", Moment, nullable=False, comment="when a running try counts as dead"),
    ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.id"], ondelete="CASCADE"),
    Index(None, "tenant", "session"),
)

charges = Table(
    "charges",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("question", String, primary_key=True),
    Column("user", String, nullable=False),
    Column("course", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("counted", Boolean, nullable=False, comment="whether a try has ended that was not a failure"),
    Column("price", BigInteger, nullable=False, comment="nano-dollars, of the tries that have ended"),
    Column("held", BigInteger, nullable=False, comment="nano-dollars, of the try that runs"),
    Column("expires", Moment, comment="until when the try that runs keeps its place"),
    Index(None, "tenant", "user", "course", "at"),
)
