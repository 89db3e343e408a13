"""Forgets jobs that have long been over."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class OldJobs(Protocol):
    """The tool."""

    async def trim(self) -> int:
        """How many were forgotten."""
        ...


async def work(args: Args, run: Run, tool: OldJobs) -> Mapping[str, Any]:
    """One statement."""
    return {"jobs": await tool.trim()}


ENTRY = Kind("Forget jobs that are long over", Args, "old_jobs", work, Reach.CLOCK, every=6 * 3600)
