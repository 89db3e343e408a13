"""The tables of external sources and of files beside lessons."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from banyan.adapters.storage.tables import Moment, metadata

external_sources = Table(
    "external_sources",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False, comment="empty: of the whole course"),
    Column("title", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("interval", Integer, nullable=False, comment="seconds; 0: not by itself"),
    Column("status", String, nullable=False),
    Column("error_code", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("mime_type", String, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("found_at", Text, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("etag", String, nullable=False),
    Column("last_modified", String, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("fetched", Moment),
    Column("due", Moment),
    Column("claim", String, nullable=False),
    Column("claimed", Moment, comment="until then it is the claim's"),
    Column("created", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("modified", Moment, nullable=False),
    Column("url_hash", String(64), nullable=False),
    UniqueConstraint("tenant", "course", "lesson", "url_hash"),
    Index(None, "due"),
    Index(None, "claim"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("mime_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("error_code", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    UniqueConstraint("tenant", "course", "lesson", "file_name"),
)
