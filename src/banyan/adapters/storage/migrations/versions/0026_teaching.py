"""Drafts of teachers, what published answers saved, and what learners said of answers."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0026_teaching"
down_revision = "0025_dependents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "drafts",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False, comment="empty for the whole course"),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body_json", sa.Text, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("notes_json", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("updated", Moment, nullable=False),
        sa.Column("updated_by", sa.String, nullable=False),
    )
    op.create_index(None, "drafts", ["tenant", "kind", "course", "lesson"])
    op.create_index(None, "drafts", ["kind", "state"])
    op.create_table(
        "faq_savings",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("course", sa.String, primary_key=True),
        sa.Column("lesson", sa.String, primary_key=True),
        sa.Column("item", sa.String, primary_key=True),
        sa.Column("day", sa.String, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False, comment="nano-dollars"),
        sa.Column("unpriced", sa.Integer, nullable=False, comment="calls whose price nobody knew"),
    )
    op.create_table(
        "feedback",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("message", sa.String, primary_key=True, comment="id of the answer; one for each"),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("rating", sa.String, nullable=False),
        sa.Column("reasons_json", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("updated", Moment, nullable=False),
        sa.Column("resolved", Moment),
        sa.Column("resolved_by", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index(None, "feedback", ["tenant", "course", "updated"])
    op.create_index(None, "feedback", ["tenant", "session"])
