"""The log of turns, and of what guardrails found."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0012_turn_log"
down_revision = "0011_charges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "turn_log",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("surface", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False, comment="answered, withheld, failed or interrupted"),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("stream", sa.Boolean, nullable=False),
        sa.Column("status_code", sa.Integer, nullable=False, comment="of the provider; 0 where there was none"),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("notice", sa.String, nullable=False),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        sa.Column("first_token_ms", sa.Integer),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("help_level", sa.String, nullable=False),
        sa.Column("covered", sa.Boolean),
        sa.Column("request_id", sa.String, nullable=False),
    )
    op.create_table(
        "guardrail_events",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("guardrail", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("event_type", sa.String, nullable=False),
        sa.Column("snippet", sa.String, nullable=False, comment="at most 240 characters, masked"),
        sa.Column("notice", sa.String, nullable=False),
        sa.Column("alert", sa.Boolean, nullable=False),
        sa.Column("request_id", sa.String, nullable=False),
    )
    for table in ("turn_log", "guardrail_events"):
        op.create_index(None, table, ["tenant", "course", "at"])
        op.create_index(None, table, ["tenant", "user", "at"])
        op.create_index(None, table, ["tenant", "at"])
