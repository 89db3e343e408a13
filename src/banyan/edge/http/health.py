"""Whether a service is alive, and whether what it leans on is there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from banyan.kernel.errors import BanyanError

State = Literal["ok", "degraded", "down"]
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """How one dependency is. reason: one plain sentence with the next step where it is not ok."""

    state: State
    reason: str = ""


Probe = Callable[[], Awaitable[Finding]]
"""Looks at one dependency. What it raises from the error tree, or takes too long for, counts as down."""


class Health(BaseModel):
    """The process is up."""

    status: Literal["healthy"]
    service: str
    version: str


class DependencyState(BaseModel):
    """How one dependency is."""

    status: State
    reason: str


class Readiness(BaseModel):
    """`degraded` still answers; `unavailable` does not."""

    status: Literal["ready", "degraded", "unavailable"]
    dependencies: dict[str, DependencyState]


async def look_at_all(probes: Mapping[str, Probe]) -> Readiness:
    """Every dependency at once, by name."""
    findings = await asyncio.gather(*(_look(probe) for probe in probes.values()))
    states = {finding.state for finding in findings}
    return Readiness(
        status="unavailable" if "down" in states else "degraded" if "degraded" in states else "ready",
        dependencies={
            name: DependencyState(status=finding.state, reason=finding.reason)
            for name, finding in zip(probes, findings, strict=True)
        },
    )


async def _look(probe: Probe) -> Finding:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await probe()
    except BanyanError as error:
        return Finding("down", error.message)
    except TimeoutError:
        return Finding(
            "down", f"It did not answer within {_PATIENCE_SECONDS:g} seconds; look whether it is overloaded."
        )
