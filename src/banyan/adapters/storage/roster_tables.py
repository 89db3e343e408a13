"""The table of rosters, one row a course."""

from sqlalchemy import Column, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

rosters = Table(
    "rosters",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("members_json", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Moment, nullable=False),
)
