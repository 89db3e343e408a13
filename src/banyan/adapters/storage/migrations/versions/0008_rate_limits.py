"""Limits of users and tenants."""

import sqlalchemy as sa
from alembic import op

revision = "0008_rate_limits"
down_revision = "0007_registry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "rate_limits",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True, comment="user or tenant"),
        sa.Column("subject", sa.String, primary_key=True, comment="empty for each user, and for the tenant"),
        sa.Column("requests_per_minute", sa.Integer),
        sa.Column("tokens_per_minute", sa.Integer),
        sa.Column("parallel", sa.Integer),
    )
