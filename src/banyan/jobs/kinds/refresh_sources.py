"""Fetches external sources whose time has come, every minute, in one process."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Fetching(Protocol):
    """The tool."""

    async def fetch_due(self) -> int:
        """How many fetches it took until nothing was due."""
        ...


async def work(args: Args, run: Run, tool: Fetching) -> Mapping[str, Any]:
    """A page that cannot be fetched says so itself, and is tried again when it is due."""
    return {"fetched": await tool.fetch_due()}


ENTRY = Kind("Refresh external sources", Args, "sources", work, Reach.CLOCK, every=60)
