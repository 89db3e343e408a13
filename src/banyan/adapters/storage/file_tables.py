"""The tables of files."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from banyan.adapters.storage.tables import Moment, metadata

files = Table(
    "files",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, comment="whoever may see it"),
    Column("name", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("complete", Boolean, nullable=False),
    Index(None, "tenant", "owner", "id"),
    Index(None, "expires"),
)

pieces = Table(
    "file_pieces",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("file", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
