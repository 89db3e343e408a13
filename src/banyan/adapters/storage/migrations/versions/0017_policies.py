"""Policies, pauses and presets, version by version."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0017_policies"
down_revision = "0016_external_sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "policy_versions",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True, comment="policy, pause or preset"),
        sa.Column("course", sa.String, primary_key=True, comment="empty for what is the tenant's"),
        sa.Column("item", sa.String, primary_key=True, comment="a policy's lesson or a preset's id, else empty"),
        sa.Column("number", sa.Integer, primary_key=True, comment="1 for the first version"),
        sa.Column("change", sa.BigInteger, nullable=False, comment="of the topic `policies`, grows with every version"),
        sa.Column("body_json", sa.Text, comment="null where it was taken away"),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("ix_policy_versions_change", "policy_versions", ["change"])
