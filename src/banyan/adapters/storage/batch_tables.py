"""The tables of batches and their lines."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from banyan.adapters.storage.tables import Moment, metadata

batches = Table(
    "batches",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, comment="whoever may see it"),
    Column("owner_json", Text, nullable=False, comment="on whose account its calls are"),
    Column("endpoint", String, nullable=False),
    Column("input_file", String, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("outcome", String, nullable=False, comment="the status that it is finalized to"),
    Column("moments_json", Text, nullable=False, comment="seconds since 1970, by status"),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("output_file", String),
    Column("error_file", String),
    Column("details_json", Text, nullable=False, comment="metadata, errors, estimate, remote"),
    Column("cost_json", Text),
    Column("holder", String, comment="the process that validates or finalizes it"),
    Column("lease", Moment, comment="until when the holder has it"),
    Column("paused", Moment, nullable=False, comment="no line is claimed before"),
    Column("claimed", Moment, nullable=False, comment="when a line was claimed last; the longest ago is next"),
    Index(None, "tenant", "owner", "id"),
    Index(None, "status", "claimed"),
)

lines = Table(
    "batch_lines",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("batch", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="of its line in the file"),
    Column("custom_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("body_json", LargeBinary, comment="dropped once there is a result"),
    Column("result_json", LargeBinary),
    Column("tries", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("holder", String),
    Column("lease", Moment),
    Index(None, "tenant", "batch", "state", "number"),
)
