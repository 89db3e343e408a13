"""The table of exam locks; a lock that was lifted stays, as proof."""

from sqlalchemy import Column, Index, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

exam_locks = Table(
    "exam_locks",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("learners_json", Text, comment="null for all of them"),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("lifted_by", String),
    Column("lifted_at", Moment),
    Index(None, "tenant", "course", "at"),
)
