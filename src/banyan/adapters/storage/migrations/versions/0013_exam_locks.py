"""Exam locks, and the people of courses."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0013_exam_locks"
down_revision = "0012_turn_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "exam_locks",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment),
        sa.Column("learners_json", sa.Text, comment="null for all of them"),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("lifted_by", sa.String),
        sa.Column("lifted_at", Moment),
    )
    op.create_index(None, "exam_locks", ["tenant", "course", "at"])
    op.create_table(
        "rosters",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("course", sa.String, primary_key=True),
        sa.Column("members_json", sa.Text, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
