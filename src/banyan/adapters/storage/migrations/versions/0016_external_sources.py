"""Pages and files beside lessons."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0016_external_sources"
down_revision = "0015_film_times"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "external_sources",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False, comment="empty: of the whole course"),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("interval", sa.Integer, nullable=False, comment="seconds; 0: not by itself"),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("error_code", sa.String, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("mime_type", sa.String, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=False),
        sa.Column("found_at", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("etag", sa.String, nullable=False),
        sa.Column("last_modified", sa.String, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("fetched", Moment),
        sa.Column("due", Moment),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("claimed", Moment, comment="until then it is the claim's"),
        sa.Column("created", Moment, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("modified", Moment, nullable=False),
        sa.Column("url_hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("tenant", "course", "lesson", "url_hash"),
    )
    op.create_table(
        "attachments",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False),
        sa.Column("lesson", sa.String, nullable=False),
        sa.Column("file_name", sa.String, nullable=False),
        sa.Column("mime_type", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("error_code", sa.String, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.UniqueConstraint("tenant", "course", "lesson", "file_name"),
    )
    op.create_index("ix_external_sources_due", "external_sources", ["due"])
    op.create_index("ix_external_sources_claim", "external_sources", ["claim"])
