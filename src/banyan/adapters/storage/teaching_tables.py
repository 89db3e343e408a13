"""The tables of teachers' tools: drafts, what published answers saved, and what learners said of answers."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False, comment="empty for the whole course"),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body_json", Text, nullable=False),
    Column("model", String, nullable=False),
    Column("notes_json", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("updated_by", String, nullable=False),
    Index(None, "tenant", "kind", "course", "lesson"),
    Index(None, "kind", "state"),
)

faq_savings = Table(
    "faq_savings",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("lesson", String, primary_key=True),
    Column("item", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False, comment="nano-dollars"),
    Column("unpriced", Integer, nullable=False, comment="calls whose price nobody knew"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("message", String, primary_key=True, comment="id of the answer; one for each"),
    Column("session", String, nullable=False),
    Column("user", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("rating", String, nullable=False),
    Column("reasons_json", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("resolved", Moment),
    Column("resolved_by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "tenant", "course", "updated"),
    Index(None, "tenant", "session"),
)
