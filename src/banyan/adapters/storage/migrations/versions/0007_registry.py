"""Deployments and aliases with their history, and the data zones of courses."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0007_registry"
down_revision = "0006_responses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the two tables."""
    op.create_table(
        "registry_versions",
        sa.Column("tenant", sa.String, primary_key=True, comment="empty: deployments belong to the whole installation"),
        sa.Column("kind", sa.String, primary_key=True, comment="deployment or alias"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, comment="1 for the first version of the name"),
        sa.Column(
            "body_json", sa.Text, comment="as the operator wrote it, secrets included; null where it was taken away"
        ),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_table(
        "course_zones",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("course", sa.String, primary_key=True),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.String, nullable=False),
    )
