"""Erases a person, place by place, and proves it."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from banyan.jobs.ports.kind import Kind, Reach, Run
from banyan.kernel.ids import new_id

ROUNDS = 2
"""Answers that were under way when it began may write after the first round."""


class Args(Struct, frozen=True, forbid_unknown_fields=True):
    """The person, by the learning platform's name."""

    user: str


class PersonWork(Protocol):
    """The tool. pause: seconds between the rounds."""

    steps: int
    pause: float

    async def settle(self) -> None:
        """Brings what is in spools and memory into the tables."""
        ...

    async def erase(self, tenant: str, user: str, pseudonym: str, step: int) -> Mapping[str, int]:
        """One step; returns places and how much was changed there. Raises: what the place raises."""
        ...

    def now(self) -> datetime:
        """The time."""
        ...


async def work(args: Args, run: Run, tool: PersonWork) -> Mapping[str, Any]:
    """The pseudonym is chosen once, so that another attempt gives no second one."""
    state = dict(run.checkpoint) or {"pseudonym": new_id("erased"), "next": 0, "counts": {}}
    counts: dict[str, int] = dict(state["counts"])
    total = tool.steps * ROUNDS
    for at in range(state["next"], total):
        if at % tool.steps == 0:
            if at:
                await asyncio.sleep(tool.pause)
            await tool.settle()
        await run.note(at, total, {**state, "next": at, "counts": counts})
        found = await tool.erase(run.job.tenant, args.user, state["pseudonym"], at % tool.steps)
        for place, count in found.items():
            counts[place] = counts.get(place, 0) + count
    await run.note(total, total)
    proof = {"tenant": run.job.tenant, "user": args.user, "counts": counts, "at": tool.now().isoformat()}
    digest = hashlib.sha256(msgspec.json.encode(proof, order="deterministic")).hexdigest()
    return {"counts": counts, "at": proof["at"], "hash": f"sha256:{digest}"}


ENTRY = Kind("Erase a person", Args, "persons", work, Reach.PERSON)
