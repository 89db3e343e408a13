"""What came of looking at an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0022_checks"
down_revision = "0021_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it to the messages."""
    op.add_column(
        "messages",
        sa.Column("checks_json", sa.Text, comment="what came of looking at the answer; absent where nothing was noted"),
    )
