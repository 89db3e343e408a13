"""Sends what waits in the outbox, in one process."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Postman(Protocol):
    """The tool."""

    async def deliver(self) -> int:
        """How many were sent."""
        ...


async def work(args: Args, run: Run, tool: Postman) -> Mapping[str, Any]:
    """What cannot be sent now is tried again later."""
    return {"sent": await tool.deliver()}


ENTRY = Kind("Send alerts", Args, "postman", work, Reach.CLOCK, every=10)
