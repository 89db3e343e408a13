"""Solutions that teachers keep from learners, and tries to get at them."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0023_solutions"
down_revision = "0022_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "solutions",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("exercise", sa.Text, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("start", sa.Integer),
        sa.Column("end", sa.Integer),
    )
    op.create_index("ix_solutions_tenant_course_lesson", "solutions", ["tenant", "course", "lesson"])
    op.create_table(
        "solution_tries",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("message", sa.String, primary_key=True, comment="the answer"),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
    )
    op.create_index("ix_solution_tries_tenant_course_at", "solution_tries", ["tenant", "course", "at"])
