"""What was said earlier in a session, in short."""

import sqlalchemy as sa
from alembic import op

revision = "0018_summaries"
down_revision = "0017_policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both columns."""
    op.add_column("sessions", sa.Column("summary", sa.Text, nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("summarised", sa.Integer, nullable=False, server_default="0"))
