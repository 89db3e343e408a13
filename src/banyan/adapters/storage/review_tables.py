"""Tables of spaced repetition: learners' cards, and what they answered."""

from sqlalchemy import Column, Float, ForeignKeyConstraint, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

review_cards = Table(
    "review_cards",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False, comment="empty where it is about none"),
    Column("card_json", Text, nullable=False),
    Column("added", Moment, nullable=False),
    Column("place", Integer, nullable=False, comment="among the cards that were added at once"),
    Column("introduced", Moment, comment="when it was first reviewed; null for a new card"),
    Column("state", String),
    Column("stability", Float, comment="days"),
    Column("difficulty", Float),
    Column("due", Moment),
    Column("last_review", Moment),
    Index(None, "tenant", "user", "due"),
)

card_reviews = Table(
    "card_reviews",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("card", String, nullable=False),
    Column("rating", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seconds", Float),
    Column("received", Moment, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "user", "card"],
        ["review_cards.tenant", "review_cards.user", "review_cards.id"],
        ondelete="CASCADE",
    ),
    Index(None, "tenant", "user", "card"),
)
