"""The tables of indexed lessons.

A *source* is a lesson's body or one of its attachments. It has versions, of which `published` names the one that
answers see; others are being indexed. Chunks belong to a version. Columns that end in `_json` hold JSON as text,
since nothing ever searches within them.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false

from banyan.adapters.storage.tables import Moment, metadata

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", String, nullable=False),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("source", String, nullable=False),
    Column("published", Integer, comment="number of the version that answers see"),
    Column("staff_only", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("tenant", "course", "lesson", "source"),
    # Course order is the order of first indexing, so an id is never given twice.
    sqlite_autoincrement=True,
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", String, nullable=False),
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("run_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("chapter", String, nullable=False),
    Column("source_type", String, nullable=False),
    Column("url", String),
    Column("metadata_json", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks_json", Text, nullable=False),
    Column("indexed_at", Moment, nullable=False),
    Column("staff_only", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("tenant", "source_id", "number"),
    Index(None, "source_id"),
    sqlite_autoincrement=True,
)

chunks = Table(
    "chunks",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading_json", Text, nullable=False),
    Column("anchor", String, nullable=False),
    Column("sentences_json", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("indexed_text", Text, nullable=False),
    Column("page", Integer),
    Column("slide", Integer),
    Column("embedded_by", String, comment="name of the embedder whose vectors the index holds"),
    Column("from_second", Integer),
    Column("to_second", Integer),
    Index(None, "version_id", "ordinal"),
    Index(None, "embedded_by", "version_id", "ordinal"),
)

runs = Table(
    "runs",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("source", String, nullable=False),
    Column("version_id", Integer),
    Column("status", String, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("embedded", Integer, nullable=False),
    Column("error", Text),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index(None, "tenant", "course", "started_at"),
    Index(None, "version_id"),
    Index(None, "status"),
)
