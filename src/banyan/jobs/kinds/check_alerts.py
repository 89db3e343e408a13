"""Looks for trouble every minute, in one process."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Checker(Protocol):
    """The tool."""

    async def check(self) -> int:
        """How many alerts are open after it."""
        ...


async def work(args: Args, run: Run, tool: Checker) -> Mapping[str, Any]:
    """One look."""
    return {"open": await tool.check()}


ENTRY = Kind("Look for trouble", Args, "alerts", work, Reach.CLOCK, every=60)
