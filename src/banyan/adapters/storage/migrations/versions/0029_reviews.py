"""Learners' cards for spaced repetition, and what they answered."""

import sqlalchemy as sa
from alembic import op

from banyan.adapters.storage.tables import Moment

revision = "0029_reviews"
down_revision = "0028_personas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "review_cards",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("course", sa.String, nullable=False, comment="empty where it is about none"),
        sa.Column("card_json", sa.Text, nullable=False),
        sa.Column("added", Moment, nullable=False),
        sa.Column("place", sa.Integer, nullable=False, comment="among the cards that were added at once"),
        sa.Column("introduced", Moment, comment="when it was first reviewed; null for a new card"),
        sa.Column("state", sa.String),
        sa.Column("stability", sa.Float, comment="days"),
        sa.Column("difficulty", sa.Float),
        sa.Column("due", Moment),
        sa.Column("last_review", Moment),
    )
    op.create_index("ix_review_cards_tenant_user_due", "review_cards", ["tenant", "user", "due"])
    op.create_table(
        "card_reviews",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("card", sa.String, nullable=False),
        sa.Column("rating", sa.String, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("received", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user", "card"],
            ["review_cards.tenant", "review_cards.user", "review_cards.id"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_card_reviews_tenant_user_card", "card_reviews", ["tenant", "user", "card"])
