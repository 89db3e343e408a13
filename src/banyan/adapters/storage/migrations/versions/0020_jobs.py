"""Jobs."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0020_jobs"
down_revision = "0019_staff_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of jobs."""
    op.create_table(
        "jobs",
        sa.Column("tenant", sa.String, primary_key=True, comment="empty: about the whole installation"),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False, comment="empty: about none"),
        sa.Column("about", sa.String, nullable=False, comment="the person whose data it is about"),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False, comment="equal for jobs that are one"),
        sa.Column("open_key", sa.String, comment="the key until it is over"),
        sa.Column("args_json", sa.Text, nullable=False),
        sa.Column("load_json", sa.LargeBinary, comment="bulky arguments; dropped once it is over"),
        sa.Column("estimate_json", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("checkpoint_json", sa.Text, nullable=False),
        sa.Column("result_json", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("holder", sa.String, comment="the process that works on it"),
        sa.Column("lease", Moment, comment="until when the holder has it"),
        sa.Column("created", Moment, nullable=False),
        sa.Column("started", Moment),
        sa.Column("ended", Moment),
        sa.UniqueConstraint("tenant", "open_key"),
    )
    op.create_index(None, "jobs", ["state", "not_before"])
    op.create_index(None, "jobs", ["tenant", "course", "id"])
    op.create_index(None, "jobs", ["ended"])
