"""Sources, their versions and chunks, and the runs that index them."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0001_library"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of the library."""
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("published", sa.Integer, comment="number of the version that answers see"),
        sa.UniqueConstraint("tenant", "course", "lesson", "source"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("chapter", sa.String, nullable=False),
        sa.Column("source_type", sa.String, nullable=False),
        sa.Column("url", sa.String),
        sa.Column("metadata_json", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("blocks_json", sa.Text, nullable=False),
        sa.Column("indexed_at", Moment, nullable=False),
        sa.UniqueConstraint("tenant", "source_id", "number"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "versions", ["source_id"])
    op.create_table(
        "chunks",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("heading_json", sa.Text, nullable=False),
        sa.Column("anchor", sa.String, nullable=False),
        sa.Column("sentences_json", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("indexed_text", sa.Text, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("slide", sa.Integer),
        sa.Column("embedded_by", sa.String, comment="name of the embedder whose vectors the index holds"),
    )
    op.create_index(None, "chunks", ["version_id", "ordinal"])
    op.create_index(None, "chunks", ["embedded_by", "version_id", "ordinal"])
    op.create_table(
        "runs",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("version_id", sa.Integer),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("embedded", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
    )
    op.create_index(None, "runs", ["tenant", "course", "started_at"])
    op.create_index(None, "runs", ["version_id"])
    op.create_index(None, "runs", ["status"])
