"""What jobs have written, and what is known of answers that give solutions away."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0027_job_files"
down_revision = "0026_teaching"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "job_files",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("job", sa.String, primary_key=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("expires", Moment, nullable=False),
        sa.Column("courses_json", sa.Text, nullable=False, comment="that it may be about; null for all of the tenant"),
        sa.Column(
            "private", sa.Boolean, nullable=False, comment="whether it may show what is kept from whoever is no admin"
        ),
    )
    op.create_index("ix_job_files_tenant_by_created", "job_files", ["tenant", "by", "created"])
    op.create_index("ix_job_files_expires", "job_files", ["expires"])
    op.create_table(
        "checked_answers",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("message", sa.String, primary_key=True, comment="the answer"),
        sa.Column("against", sa.String, nullable=False, comment="what all solutions that were kept then are told by"),
        sa.Column(
            "created", Moment, nullable=False, comment="when the answer was given; a later one may take its place"
        ),
        sa.Column("leaked", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["tenant", "message"], ["messages.tenant", "messages.id"], ondelete="CASCADE"),
    )
