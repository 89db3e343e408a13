"""Alerts, and what is on its way to people."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0021_alerts"
down_revision = "0020_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "alerts",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("opened", Moment, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("until", Moment),
        sa.Column("closed", Moment),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("acknowledged_by", sa.String, nullable=False),
        sa.Column("acknowledged_at", Moment),
    )
    op.create_index(None, "alerts", ["tenant", "opened"])
    op.create_index(None, "alerts", ["state"])
    op.create_table(
        "alert_outbox",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False, comment="what was told, and where"),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("body_json", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("sent", Moment),
        sa.Column("error", sa.Text),
    )
    op.create_index(None, "alert_outbox", ["tenant", "key", "created"])
    op.create_index(None, "alert_outbox", ["sent", "not_before"])
