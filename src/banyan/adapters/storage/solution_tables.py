"""The tables of solutions that teachers keep from learners."""

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

solutions = Table(
    "solutions",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("exercise", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Index(None, "tenant", "course", "lesson"),
)

solution_tries = Table(
    "solution_tries",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("message", String, primary_key=True, comment="the answer"),
    Column("course", String, nullable=False),
    Column("lesson", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("withheld", Boolean, nullable=False),
    Index(None, "tenant", "course", "at"),
)

checked_answers = Table(
    "checked_answers",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("message", String, primary_key=True, comment="the answer"),
    Column("against", String, nullable=False, comment="what all solutions that were kept then are told by"),
    Column("created", Moment, nullable=False, comment="when the answer was given; a later one may take its place"),
    Column("leaked", Boolean, nullable=False),
    ForeignKeyConstraint(["tenant", "message"], ["messages.tenant", "messages.id"], ondelete="CASCADE"),
)
