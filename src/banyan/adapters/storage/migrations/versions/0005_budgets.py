"""Budgets, what is settled of them, and what processes have drawn."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0005_budgets"
down_revision = "0004_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the four tables."""
    op.create_table(
        "budgets",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False, comment="empty for each of the kind"),
        sa.Column("period", sa.String, nullable=False),
        sa.Column("limit", sa.BigInteger, nullable=False, comment="nano-dollars"),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
    )
    op.create_table(
        "budget_accounts",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("budget", sa.String, primary_key=True),
        sa.Column("who", sa.String, primary_key=True),
        sa.Column("window", sa.String, primary_key=True),
        sa.Column("settled", sa.BigInteger, nullable=False, comment="nano-dollars"),
    )
    op.create_table(
        "budget_slices",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("budget", sa.String, primary_key=True),
        sa.Column("who", sa.String, primary_key=True),
        sa.Column("window", sa.String, primary_key=True),
        sa.Column("process", sa.String, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False, comment="free, reserved, and spent but not settled yet"),
        sa.Column("number", sa.BigInteger, nullable=False, comment="of the last movement"),
        sa.Column("moved", sa.BigInteger, nullable=False, comment="by how much the last movement made it grow"),
    )
    op.create_table(
        "processes",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("seen_at", Moment, nullable=False),
    )
