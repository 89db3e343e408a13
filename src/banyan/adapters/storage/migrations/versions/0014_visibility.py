"""Sources that are for staff alone; notes of instructors are from now on."""

import sqlalchemy as sa
from alembic import op

revision = "0014_visibility"
down_revision = "0013_exam_locks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column to both tables, and closes what is an instructor's."""
    for table in ("sources", "versions"):
        op.add_column(table, sa.Column("staff_only", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE versions SET staff_only = TRUE WHERE lower(source_type) = 'instructor'")
    op.execute(
        "UPDATE sources SET staff_only = TRUE WHERE id IN (SELECT source_id FROM versions WHERE staff_only = TRUE)"
    )
