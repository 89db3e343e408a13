"""The tables of jobs and of what they have written."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from banyan.adapters.storage.tables import Moment, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("tenant", String, primary_key=True, comment="empty: about the whole installation"),
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("course", String, nullable=False, comment="empty: about none"),
    Column("about", String, nullable=False, comment="the person whose data it is about"),
    Column("by", String, nullable=False),
    Column("key", String, nullable=False, comment="equal for jobs that are one"),
    Column("open_key", String, comment="the key until it is over"),
    Column("args_json", Text, nullable=False),
    Column("load_json", LargeBinary, comment="bulky arguments; dropped once it is over"),
    Column("estimate_json", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("checkpoint_json", Text, nullable=False),
    Column("result_json", Text),
    Column("error", Text),
    Column("not_before", Moment, nullable=False),
    Column("holder", String, comment="the process that works on it"),
    Column("lease", Moment, comment="until when the holder has it"),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
    UniqueConstraint("tenant", "open_key"),
    Index(None, "state", "not_before"),
    Index(None, "tenant", "course", "id"),
    Index(None, "ended"),
)

job_files = Table(
    "job_files",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("job", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("name", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("courses_json", Text, nullable=False, comment="that it may be about; null for all of the tenant"),
    Column("private", Boolean, nullable=False, comment="whether it may show what is kept from whoever is no admin"),
    Index(None, "tenant", "by", "created"),
    Index(None, "expires"),
)
