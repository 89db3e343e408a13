"""What rests on words of a course."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0025_dependents"
down_revision = "0024_hint_ladders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the three tables."""
    op.create_table(
        "cited_quotes",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("course", sa.String, primary_key=True),
        sa.Column("lesson", sa.String, primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("hash", sa.String, primary_key=True, comment="of the words and of where they stood"),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False, comment="holds, moved or gone"),
        sa.Column("now_start", sa.Integer),
        sa.Column("looked_in", sa.String, nullable=False, comment="names the text in which it was looked for last"),
    )
    op.create_index("ix_cited_quotes_tenant_course_state", "cited_quotes", ["tenant", "course", "state"])
    op.create_table(
        "dependents",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("dismissed", Moment),
        sa.Column("dismissed_by", sa.String),
    )
    op.create_index("ix_dependents_tenant_kind_item", "dependents", ["tenant", "kind", "item"], unique=True)
    op.create_index("ix_dependents_tenant_course_at", "dependents", ["tenant", "course", "at"])
    op.create_table(
        "dependent_quotes",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("dependent", sa.String, primary_key=True),
        sa.Column("lesson", sa.String, primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("hash", sa.String, primary_key=True),
    )
    op.create_index("ix_dependent_quotes_tenant_lesson_hash", "dependent_quotes", ["tenant", "lesson", "hash"])
