"""The usage ledger."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0003_usage"
down_revision = "0002_conversations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of attempts."""
    op.create_table(
        "usage",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("day", sa.String(10), nullable=False, comment="of `at` in UTC, as 2026-01-31"),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("key", sa.String, comment="id of the virtual key"),
        sa.Column("course", sa.String),
        sa.Column("task", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("deployment", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("stream", sa.Boolean, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("cost", sa.BigInteger, comment="nano-dollars; null where no price is known"),
        sa.Column("price_version", sa.String, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("first_token", sa.Float),
        sa.Column("cache", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("request_id", sa.String, nullable=False),
    )
    op.create_index(None, "usage", ["tenant", "at", "id"])
    op.create_index(None, "usage", ["tenant", "course", "at"])
    op.create_index(None, "usage", ["tenant", "user", "at"])
    op.create_index(None, "usage", ["at"])
