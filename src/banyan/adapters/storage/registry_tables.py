"""The tables of deployments and aliases, version by version, and of the data zones of courses."""

from sqlalchemy import Column, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

registry_versions = Table(
    "registry_versions",
    metadata,
    Column("tenant", String, primary_key=True, comment="empty: deployments belong to the whole installation"),
    Column("kind", String, primary_key=True, comment="deployment or alias"),
    Column("name", String, primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 for the first version of the name"),
    Column("body_json", Text, comment="as the operator wrote it, secrets included; null where it was taken away"),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
    Column("note", String, nullable=False),
)

course_zones = Table(
    "course_zones",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("zone", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
)
