"""Responses that are kept for `previous_response_id` and for reading again."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0006_responses"
down_revision = "0005_budgets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of responses."""
    op.create_table(
        "responses",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False, comment="whoever may read it"),
        sa.Column("conversation", sa.String, nullable=False, comment="id of the first response of the chain"),
        sa.Column("previous", sa.String, comment="the response that it continues"),
        sa.Column("created", Moment, nullable=False),
        sa.Column("expires", Moment, nullable=False),
        sa.Column("body_json", sa.LargeBinary, nullable=False),
        sa.Column("items_json", sa.LargeBinary, nullable=False),
    )
    op.create_index(None, "responses", ["tenant", "conversation"])
    op.create_index(None, "responses", ["expires"])
