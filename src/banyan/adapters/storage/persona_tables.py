"""The table of what is known about who material is made for."""

from sqlalchemy import Column, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

personas = Table(
    "personas",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("version", Integer, primary_key=True, comment="the highest one counts; the last 20 are kept"),
    Column("body_json", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
)
