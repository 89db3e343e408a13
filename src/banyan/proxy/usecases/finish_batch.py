"""Writes the output and error files of a batch that has ended."""

from dataclasses import replace

from banyan.kernel.clock import Clock
from banyan.proxy.domain.batch_output import unanswered
from banyan.proxy.domain.batches import Batch, BatchStatus
from banyan.proxy.domain.files import BATCH_OUTPUT, StoredFile
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.usecases.keep_files import KeepFiles, Writer

_PAGE = 200
_LARGEST = 2**40
"""What a batch has written is never too large."""


async def finish_batch(batch: Batch, store: BatchStore, files: KeepFiles, holder: str, clock: Clock) -> None:
    """Both files and the outcome become visible at once, or, where the lease was lost, nothing.

    Raises: Unavailable; then it is begun anew by whoever comes next, and what was written is given up.
    """
    output = await _write(batch, store, files, good=True)
    errors = await _write(batch, store, files, good=False)
    ended = replace(
        batch,
        output_file=None if output is None else output.id,
        error_file=None if errors is None else errors.id,
    )
    written = [file for file in (output, errors) if file is not None]
    if not await store.close(holder, ended, written, clock.now()):
        for file in written:
            await files.store.delete(file.tenant, file.owner, file.id)


async def _write(batch: Batch, store: BatchStore, files: KeepFiles, *, good: bool) -> StoredFile | None:
    """The file, complete but for its row; None where it would be empty."""
    writer: Writer | None = None
    last = 0
    outcome = BatchStatus.EXPIRED if batch.outcome is BatchStatus.EXPIRED else BatchStatus.CANCELLED
    while page := await store.results(batch.owner.tenant, batch.id, after=last, limit=_PAGE, good=good):
        if writer is None:
            writer = await files.begin(batch.owner, largest=_LARGEST)
        for _, custom_id, result in page:
            await writer.write(unanswered(custom_id, outcome) if result is None else result)
        last = page[-1][0]
    if writer is None:
        return None
    await writer.flush()
    name = f"{batch.id}_{'output' if good else 'error'}.jsonl"
    return files.finished(writer, name, BATCH_OUTPUT, batch.output_seconds)
