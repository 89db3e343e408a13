"""The tables of budgets: what is allowed, what is settled, and what processes have drawn."""

from sqlalchemy import BigInteger, Column, String, Table

from banyan.adapters.storage.tables import Moment, metadata

budgets = Table(
    "budgets",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False, comment="empty for each of the kind"),
    Column("period", String, nullable=False),
    Column("limit", BigInteger, nullable=False, comment="nano-dollars"),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
)

budget_accounts = Table(
    "budget_accounts",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("budget", String, primary_key=True),
    Column("who", String, primary_key=True),
    Column("window", String, primary_key=True),
    Column("settled", BigInteger, nullable=False, comment="nano-dollars"),
)

budget_slices = Table(
    "budget_slices",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("budget", String, primary_key=True),
    Column("who", String, primary_key=True),
    Column("window", String, primary_key=True),
    Column("process", String, primary_key=True),
    Column("amount", BigInteger, nullable=False, comment="free, reserved, and spent but not settled yet"),
    Column("number", BigInteger, nullable=False, comment="of the last movement"),
    Column("moved", BigInteger, nullable=False, comment="by how much the last movement made it grow"),
)

processes = Table(
    "processes",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)
