"""Who study material is made for."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0028_personas"
down_revision = "0027_job_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "personas",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, comment="the highest one counts; the last 20 are kept"),
        sa.Column("body_json", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.String, nullable=False),
    )
