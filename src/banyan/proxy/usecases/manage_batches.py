"""Makes batches, shows them and stops them; `run_batches` works on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from banyan.kernel.clock import Clock
from banyan.kernel.errors import Conflict, InvalidInput, NotFound
from banyan.kernel.ids import new_id
from banyan.kernel.money import dollars
from banyan.proxy.domain.batches import OVER, WINDOW, Batch, BatchStatus, check_metadata
from banyan.proxy.domain.files import Owner, StoredFile
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.ports.spent import SpentReader
from banyan.proxy.usecases.keep_files import KeepFiles, check_seconds
from banyan.proxy.usecases.prepare_batch import Preparation

_SETTLED = timedelta(minutes=1)
"""So long after its end every call of a batch is in the ledger, and the sum is kept."""


class ManageBatches:
    """changed: told that there is work, or less of it."""

    def __init__(
        self,
        store: BatchStore,
        files: KeepFiles,
        preparation: Preparation,
        spent: SpentReader,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._files = files
        self._preparation = preparation
        self._spent = spent
        self._clock = clock
        self._changed = changed

    async def create(
        self,
        owner: Owner,
        endpoint: str,
        input_file: str,
        metadata: Mapping[str, str] | None = None,
        output_seconds: int | None = None,
    ) -> Batch:
        """A batch that is validating. Raises: InvalidInput, NotFound (of the file), Unavailable."""
        check_metadata(metadata)
        check_seconds(output_seconds, "output_expires_after")
        await self._input(owner, input_file)
        now = self._clock.now()
        batch = Batch(
            owner,
            new_id("batch"),
            endpoint,
            input_file,
            now,
            now + WINDOW,
            metadata,
            moments={"validating": int(now.timestamp())},
            output_seconds=output_seconds,
        )
        await self._store.add(batch)
        self._changed()
        return batch

    async def estimate(self, owner: Owner, endpoint: str, input_file: str) -> tuple[dict[str, Any], list[Any]]:
        """What it may cost, and what is wrong with its lines; nothing is asked. Raises: as `create`."""
        file = await self._input(owner, input_file)
        reading = self._preparation.begin(endpoint)
        async for _ in reading.lines(file):
            pass
        at_provider = self._preparation.left_to(owner, reading) is not None
        return reading.estimate.fields(at_provider=at_provider), reading.reader.faults

    async def one(self, owner: Owner, id: str) -> Batch:
        """With what it has cost so far. Raises: NotFound."""
        batch = await self._store.get(owner.tenant, owner.name, id)
        if batch is None:
            raise NotFound(f"There is no batch {id[:100]!r}; GET /v1/batches lists yours.", code="batch_not_found")
        return await self._priced(batch)

    async def page(self, owner: Owner, *, limit: int, after: str | None) -> tuple[Sequence[Batch], bool]:
        """At most `limit` batches, newest first, and whether more follow."""
        found = await self._store.page(owner.tenant, owner.name, limit=limit + 1, after=after)
        return [await self._priced(batch) for batch in found[:limit]], len(found) > limit

    async def cancel(self, owner: Owner, id: str) -> Batch:
        """Raises: NotFound; Conflict where it has ended already."""
        batch = await self.one(owner, id)
        if batch.status in OVER or batch.status == BatchStatus.FINALIZING:
            raise Conflict(
                f"The batch is {batch.status.value} and cannot be cancelled; read its files instead.",
                code="batch_not_cancellable",
            )
        await self._store.cancel(owner.tenant, id, self._clock.now())
        self._changed()
        return await self.one(owner, id)

    async def _input(self, owner: Owner, id: str) -> StoredFile:
        file = await self._files.one(owner, id)
        if file.purpose != "batch":
            raise InvalidInput(
                f"The file has the purpose {file.purpose!r}; upload it with the purpose `batch`.",
                param="input_file_id",
            )
        return file

    async def _priced(self, batch: Batch) -> Batch:
        if batch.cost is not None or "in_progress" not in batch.moments:
            return batch
        now = self._clock.now()
        ended = batch.moments.get(batch.status.value) if batch.status in OVER else None
        spent = await self._spent.spent(batch.owner.tenant, f"{batch.id}-", since=batch.created, until=now)
        cost = {
            "currency": "USD",
            "amount": f"{dollars(spent.cost):f}",
            "complete": not spent.unpriced,
            "unpriced_calls": spent.unpriced,
            "calls": spent.calls,
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
        }
        if ended is not None and now.timestamp() - ended > _SETTLED.total_seconds():
            await self._store.note_cost(batch.owner.tenant, batch.id, cost)
        return replace(batch, cost=cost)
