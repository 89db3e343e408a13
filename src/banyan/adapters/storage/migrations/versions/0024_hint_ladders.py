"""How far learners have come on the ladders of hints."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0024_hint_ladders"
down_revision = "0023_solutions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "hint_ladders",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("course", sa.String, primary_key=True),
        sa.Column("lesson", sa.String, primary_key=True),
        sa.Column("task", sa.String, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False, comment="the last hint that was given; the first is 1"),
        sa.Column("used", Moment, nullable=False),
    )
    op.create_index(
        "ix_hint_ladders_tenant_user_course_lesson_used",
        "hint_ladders",
        ["tenant", "user", "course", "lesson", "used"],
    )
