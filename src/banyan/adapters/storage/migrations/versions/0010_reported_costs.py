"""What providers say that they charged."""

import sqlalchemy as sa
from alembic import op

revision = "0010_reported_costs"
down_revision = "0009_batches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the two sides that are compared, and an index of the rows that have them."""
    op.add_column("usage", sa.Column("reported", sa.BigInteger, comment="nano-dollars, as the provider said"))
    op.add_column(
        "usage", sa.Column("listed", sa.BigInteger, comment="nano-dollars, where `reported` is to be compared")
    )
    there = sa.text("listed IS NOT NULL")
    op.create_index("ix_usage_reported", "usage", ["at"], sqlite_where=there, postgresql_where=there)
