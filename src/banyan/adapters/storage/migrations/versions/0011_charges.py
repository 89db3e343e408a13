"""What is counted against caps, and the notices of stored answers."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0011_charges"
down_revision = "0010_reported_costs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table, and adds the column."""
    op.add_column("messages", sa.Column("notice_json", sa.Text))
    op.create_table(
        "charges",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("question", sa.String, primary_key=True),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False, comment="whether a try has ended that was not a failure"),
        sa.Column("price", sa.BigInteger, nullable=False, comment="nano-dollars, of the tries that have ended"),
        sa.Column("held", sa.BigInteger, nullable=False, comment="nano-dollars, of the try that runs"),
        sa.Column("expires", Moment, comment="until when the try that runs keeps its place"),
    )
    op.create_index(None, "charges", ["tenant", "user", "course", "at"])
