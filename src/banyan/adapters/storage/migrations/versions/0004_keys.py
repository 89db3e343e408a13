"""Virtual keys, the installation's secrets, and counters of changes."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0004_keys"
down_revision = "0003_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the three tables."""
    op.create_table(
        "keys",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("roles_json", sa.Text, nullable=False),
        sa.Column("scopes_json", sa.Text, nullable=False),
        sa.Column("models_json", sa.Text, comment="null for all"),
        sa.Column("courses_json", sa.Text, comment="null for all"),
        sa.Column("all_tenants", sa.Boolean, nullable=False),
        sa.Column("requests_per_minute", sa.Integer),
        sa.Column("tokens_per_minute", sa.Integer),
        sa.Column("parallel", sa.Integer),
        sa.Column("shown", sa.String, nullable=False, comment="how the secret begins"),
        sa.Column("hash", sa.String(64), nullable=False, comment="SHA-256 of the secret, in hexadecimal digits"),
        sa.Column("old_hash", sa.String(64)),
        sa.Column("old_until", Moment),
        sa.Column("expires_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.Column("rotated_at", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("last_used_at", Moment),
    )
    op.create_table(
        "secrets",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, comment="grows with every change to what the topic names"),
    )
