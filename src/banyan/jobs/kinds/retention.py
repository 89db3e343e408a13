"""Deletes conversations and leftovers that are older than they may be."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Broom(Protocol):
    """The tool."""

    async def sweep(self) -> Mapping[str, int]:
        """How many rows of which table are gone."""
        ...


async def work(args: Args, run: Run, tool: Broom) -> Mapping[str, Any]:
    """May be done again at any time."""
    return dict(await tool.sweep())


ENTRY = Kind("Delete what is older than it may be", Args, "broom", work, Reach.CLOCK, every=6 * 3600)
