"""The table of every state that policies, pauses and presets were in."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("kind", String, primary_key=True, comment="policy, pause or preset"),
    Column("course", String, primary_key=True, comment="empty for what is the tenant's"),
    Column("item", String, primary_key=True, comment="a policy's lesson or a preset's id, else empty"),
    Column("number", Integer, primary_key=True, comment="1 for the first version"),
    Column("change", BigInteger, nullable=False, comment="of the topic `policies`, grows with every version"),
    Column("body_json", Text, comment="null where it was taken away"),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
    Column("note", String, nullable=False),
    Index("ix_policy_versions_change", "change"),
)
