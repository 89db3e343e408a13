"""Where in a film a chunk of subtitles is said."""

import sqlalchemy as sa
from alembic import op

revision = "0015_film_times"
down_revision = "0014_visibility"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both ends."""
    op.add_column("chunks", sa.Column("from_second", sa.Integer))
    op.add_column("chunks", sa.Column("to_second", sa.Integer))
