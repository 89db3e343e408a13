"""The table of responses."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from banyan.adapters.storage.tables import Moment, metadata

responses = Table(
    "responses",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, comment="whoever may read it"),
    Column("conversation", String, nullable=False, comment="id of the first response of the chain"),
    Column("previous", String, comment="the response that it continues"),
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("body_json", LargeBinary, nullable=False),
    Column("items_json", LargeBinary, nullable=False),
    Index(None, "tenant", "conversation"),
    Index(None, "expires"),
)
