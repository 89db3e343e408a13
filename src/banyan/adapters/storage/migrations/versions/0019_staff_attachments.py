"""Files beside lessons that are for staff alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019_staff_attachments"
down_revision = "0018_summaries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the mark."""
    op.add_column("attachments", sa.Column("staff_only", sa.Boolean, nullable=False, server_default=sa.false()))
