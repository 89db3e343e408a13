"""Submits lines to a provider's batch API, as many at a time as it takes, so that a crash never submits them twice."""

from datetime import datetime

from msgspec import structs

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, Conflict, InvalidInput, RateLimited, UpstreamFailed
from banyan.proxy.domain.batches import Batch
from banyan.proxy.domain.remote_parts import Part, Remote
from banyan.proxy.ports.batch_provider import BatchLimits
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.usecases.remote_answers import RemoteDeployment, open_lines

_MOST_AT_ONCE = 64 * 1024 * 1024
"""Bytes of one submission, which is held in memory while it is sent; providers take two or three times that."""
_USED_UP = "insufficient_quota"
"""A refusal with 429 that does not pass by waiting."""


class Refused(Exception):
    """The provider wants none of it, now or later."""

    def __init__(self, error: BanyanError) -> None:
        super().__init__(error.message)
        self.error = error


class SubmitPart:
    """Notes that a part is about to begin before it does: what has no such note was never begun."""

    def __init__(self, store: BatchStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def next(self, holder: str, batch: Batch, remote: Remote, at: RemoteDeployment) -> Remote | None:
        """With one part more; None where no line is left.

        Raises: Refused; what passes (RateLimited, UpstreamFailed, …), after which it is done again, or found.
        """
        tag = f"{batch.id}-{len(remote.parts)}" if remote.parts else batch.id
        lines, last = await self._gather(batch, remote.last, at, tag)
        if not lines:
            return None
        part = Part(tag, last, len(lines), 0)

        async def commit(hint: str) -> None:
            nonlocal part
            part = structs.replace(part, since=_whole(self._clock.now()), hint=hint)
            await keep(self._store, holder, batch, remote.with_part(part))

        try:
            ref = await at.provider.submit(lines, tag, commit)
        except BanyanError as error:
            begun, refusal = part.since > 0, _is_refusal(error)
            if begun and refusal:
                await keep(self._store, holder, batch, remote)
            waiting_helps = passes(error) and error.code != _USED_UP
            if waiting_helps or (begun and not refusal):
                raise
            raise Refused(error) from error
        done = remote.with_part(structs.replace(part, ref=ref))
        await keep(self._store, holder, batch, done)
        return done

    async def _gather(self, batch: Batch, after: int, at: RemoteDeployment, tag: str) -> tuple[list[bytes], int]:
        """Encoded lines, and the number of the last one that was looked at: what cannot be said to the provider is
        passed over, and asked here in the end."""
        limits = at.provider.limits
        limits = BatchLimits(limits.lines, min(limits.size_bytes, _MOST_AT_ONCE))
        found: list[bytes] = []
        size = 0
        async for line in open_lines(self._store, batch, after=after):
            try:
                piece = at.provider.encode(tag, line.number, at.deployment.model, line.body)
            except InvalidInput:
                after = line.number
                continue
            if found and (len(found) >= limits.lines or size + len(piece) > limits.size_bytes):
                break
            after = line.number
            if len(piece) <= limits.size_bytes:
                found.append(piece)
                size += len(piece)
        return found, after


async def keep(store: BatchStore, holder: str, batch: Batch, remote: Remote) -> None:
    """Notes what is known. Raises: Conflict where another process has the batch by now; Unavailable."""
    if not await store.note_remote(holder, batch.owner.tenant, batch.id, remote.fields()):
        raise Conflict("Another process has this batch by now; it goes on there.", code="lease_lost")


def passes(error: BanyanError) -> bool:
    """Whether it is worth trying again; an address without a batch API says 404, for one."""
    if isinstance(error, UpstreamFailed) and (error.code == "bad_answer" or (error.status or 500) < 500):
        return False
    return error.passing or isinstance(error, Conflict)


def _is_refusal(error: BanyanError) -> bool:
    """Whether the provider said no, so that nothing has begun; every other failure leaves that open."""
    if isinstance(error, UpstreamFailed):
        return error.status is not None and 400 <= error.status < 500
    return isinstance(error, RateLimited)


def _whole(moment: datetime) -> float:
    """Providers tell whole seconds."""
    return float(int(moment.timestamp()))
