"""The port to batches and their lines, which several processes work on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from banyan.proxy.domain.batches import Batch, BatchStatus, Line
from banyan.proxy.domain.files import StoredFile


@dataclass(frozen=True, slots=True)
class ClaimedLine:
    """A line that this process asks now, and its batch."""

    line: Line
    batch: Batch


class BatchStore(Protocol):
    """Each method is one transaction. Whoever claims holds a lease, and loses it by being late. Raises: Unavailable.

    holder: names a process. What a holder writes is dropped where the lease has gone to another one.
    """

    async def add(self, batch: Batch) -> None:
        """On disk when it returns."""
        ...

    async def get(self, tenant: str, owner: str, id: str) -> Batch | None:
        """The owner's batch; None for somebody else's."""
        ...

    async def page(self, tenant: str, owner: str, *, limit: int, after: str | None = None) -> Sequence[Batch]:
        """At most `limit` of the owner's batches, newest first, that follow the one with the id `after`."""
        ...

    async def cancel(self, tenant: str, id: str, now: datetime) -> None:
        """Makes a batch that is validating or in progress cancelling; leaves any other as it is."""
        ...

    async def note_cost(self, tenant: str, id: str, cost: dict[str, Any]) -> None:
        """What it cost in the end."""
        ...

    async def advance(self, now: datetime) -> None:
        """Batches without open lines, and those whose time is over, become finalizing."""
        ...

    async def claim_batch(self, holder: str, now: datetime, until: datetime) -> Batch | None:
        """One to be validated, to be looked after at a provider, or to be finalized without a line under way."""
        ...

    async def renew_batch(self, holder: str, tenant: str, id: str, until: datetime) -> None:
        """Keeps the lease."""
        ...

    async def clear_lines(self, tenant: str, id: str) -> None:
        """Drops the lines that an earlier, broken-off validation left."""
        ...

    async def add_lines(self, lines: Sequence[Line], now: datetime) -> None:
        """To a batch that is being validated."""
        ...

    async def start(self, holder: str, batch: Batch, now: datetime) -> None:
        """Validation has ended: the batch takes its status, total, errors, estimate and remote from `batch`.

        Leaves a batch alone that has been cancelled meanwhile.
        """
        ...

    async def note_remote(self, holder: str, tenant: str, id: str, remote: dict[str, Any]) -> bool:
        """What a provider's batch is at; False where the lease was lost."""
        ...

    async def rest(self, holder: str, tenant: str, id: str, until: datetime) -> None:
        """Gives up a batch that a provider works on; nobody claims it before `until`."""
        ...

    async def remote_lines(self, tenant: str, id: str, *, after: int, limit: int) -> Sequence[Line]:
        """Lines that are left to a provider and have no answer, by their numbers."""
        ...

    async def finish_remote(self, results: Sequence[tuple[Line, bytes, bool]]) -> None:
        """Lines of one batch with their results, and whether those are good; each counts once."""
        ...

    async def take_back(self, holder: str, tenant: str, id: str) -> None:
        """Lines that are still left to a provider wait here; the lease ends with it where the batch is in progress."""
        ...

    async def claim_lines(self, holder: str, now: datetime, until: datetime, most: int) -> Sequence[ClaimedLine]:
        """Lines to ask now, of the batch that has waited longest."""
        ...

    async def renew_lines(self, holder: str, lines: Sequence[Line], until: datetime) -> None:
        """Keeps the leases."""
        ...

    async def statuses(self, batches: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], BatchStatus]:
        """By tenant and id."""
        ...

    async def finish(self, holder: str, line: Line, result: bytes, *, good: bool) -> bool:
        """Keeps the result and counts the line, once; False where another process has the line by now."""
        ...

    async def postpone(
        self, holder: str, line: Line, until: datetime, *, counts: bool = False, whole_batch: bool = False
    ) -> None:
        """Puts the line back. counts: as a try. whole_batch: no other line of it is claimed before `until` either."""
        ...

    async def results(
        self, tenant: str, id: str, *, after: int, limit: int, good: bool
    ) -> Sequence[tuple[int, str, bytes | None]]:
        """Number, custom id and result of lines, in their order: the good ones, or all others."""
        ...

    async def close(self, holder: str, batch: Batch, files: Sequence[StoredFile], now: datetime) -> bool:
        """Completes the files, gives the batch its outcome and drops its lines; False where the lease was lost."""
        ...

    async def recover(self) -> None:
        """Frees what dead processes held; only for one that is alone on its database."""
        ...
