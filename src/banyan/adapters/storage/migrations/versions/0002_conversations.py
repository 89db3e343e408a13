"""Sessions, their messages, and the turns that hold an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0002_conversations"
down_revision = "0001_library"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of conversations."""
    op.create_table(
        "sessions",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column(
            "number", sa.Integer, nullable=False, comment="the highest of a learner and lesson is the current one"
        ),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("next_position", sa.Integer, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("updated", Moment, nullable=False),
        sa.UniqueConstraint("tenant", "user", "course", "lesson", "number"),
    )
    op.create_index(None, "sessions", ["tenant", "user", "updated"])
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("citations_json", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("finish_reason", sa.String, nullable=False),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.UniqueConstraint("tenant", "session", "position"),
        sa.ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "turns",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("request_hash", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("answer", sa.String, nullable=False, comment="id of the answer, which may not be stored yet"),
        sa.Column("attempt", sa.String, nullable=False, comment="the try that may store the answer"),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("expires", Moment, nullable=False, comment="when a running try counts as dead"),
        sa.ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.id"], ondelete="CASCADE"),
    )
    op.create_index(None, "turns", ["tenant", "session"])
