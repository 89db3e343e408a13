"""Files and batches."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0009_batches"
down_revision = "0008_rate_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of files, their pieces, batches and their lines."""
    op.create_table(
        "files",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False, comment="whoever may see it"),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("expires", Moment),
        sa.Column("complete", sa.Boolean, nullable=False),
    )
    op.create_index(None, "files", ["tenant", "owner", "id"])
    op.create_index(None, "files", ["expires"])
    op.create_table(
        "file_pieces",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("file", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False, comment="whoever may see it"),
        sa.Column("owner_json", sa.Text, nullable=False, comment="on whose account its calls are"),
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("input_file", sa.String, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("expires", Moment, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False, comment="the status that it is finalized to"),
        sa.Column("moments_json", sa.Text, nullable=False, comment="seconds since 1970, by status"),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("completed", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("output_file", sa.String),
        sa.Column("error_file", sa.String),
        sa.Column("details_json", sa.Text, nullable=False, comment="metadata, errors, estimate, remote"),
        sa.Column("cost_json", sa.Text),
        sa.Column("holder", sa.String, comment="the process that validates or finalizes it"),
        sa.Column("lease", Moment, comment="until when the holder has it"),
        sa.Column("paused", Moment, nullable=False, comment="no line is claimed before"),
        sa.Column("claimed", Moment, nullable=False, comment="when a line was claimed last; the longest ago is next"),
    )
    op.create_index(None, "batches", ["tenant", "owner", "id"])
    op.create_index(None, "batches", ["status", "claimed"])
    op.create_table(
        "batch_lines",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("batch", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False, comment="of its line in the file"),
        sa.Column("custom_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("body_json", sa.LargeBinary, comment="dropped once there is a result"),
        sa.Column("result_json", sa.LargeBinary),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("holder", sa.String),
        sa.Column("lease", Moment),
    )
    op.create_index(None, "batch_lines", ["tenant", "batch", "state", "number"])
