"""Leaves batches to a provider's own batch API, where that exists and is cheaper, and fetches the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from msgspec import structs

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.proxy.domain.batches import WINDOW, Batch, BatchStatus
from banyan.proxy.domain.remote_parts import Part, Remote, read_remote
from banyan.proxy.ports.batch_provider import Found, Search
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.usecases.prepare_batch import Choose
from banyan.proxy.usecases.remote_answers import RemoteAnswers, RemoteDeployment
from banyan.proxy.usecases.submit_part import Refused, SubmitPart, keep, passes

_GONE = 404
_LONGEST_PAUSE = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass
class _Visit:
    """One step of one batch. remote: what is known, and kept, by now."""

    holder: str
    batch: Batch
    remote: Remote
    at: RemoteDeployment

    @property
    def stops(self) -> bool:
        """Whether the batch is to end."""
        return self.batch.status != BatchStatus.IN_PROGRESS


class RemoteBatches:
    """by_name: a deployment, while it is set up. poll: seconds between two looks."""

    def __init__(
        self,
        store: BatchStore,
        ledger: Ledger,
        clock: Clock,
        choose: Choose,
        by_name: Callable[[str], RemoteDeployment | None],
        poll: float = 30,
    ) -> None:
        self._store = store
        self._clock = clock
        self.choose = choose
        self._by_name = by_name
        self._poll = timedelta(seconds=poll)
        self._answers = RemoteAnswers(store, ledger, clock)
        self._submit = SubmitPart(store, clock)

    async def care(self, holder: str, batch: Batch) -> bool:
        """One step: look, fetch, submit. A batch that is to end is ended there first.

        Whether nothing more is to come from there; lines without an answer are this service's own again then.
        Raises: Unavailable.
        """
        known = read_remote(batch.remote, batch.id)
        at = self._by_name(known.deployment)
        pause: timedelta | None = None
        if at is not None:
            pause = await self._safely(_Visit(holder, batch, known, at))
        elif known.is_open and batch.status == BatchStatus.IN_PROGRESS:
            log.warning("provider-batch-out-of-reach", batch=batch.id, deployment=known.deployment)
            pause = self._poll  # its answers are paid for; the deployment may be set up again
        if pause is not None:
            await self._store.rest(holder, batch.owner.tenant, batch.id, self._clock.now() + pause)
            return False
        await self._store.take_back(holder, batch.owner.tenant, batch.id)
        return True

    async def _safely(self, visit: _Visit) -> timedelta | None:
        """As `_step`; after a failure it is begun anew."""
        try:
            return await self._step(visit)
        except BanyanError as error:
            log.warning("provider-batch-failed", batch=visit.batch.id, error=error.message)
            return min(max(self._poll, timedelta(seconds=error.retry_after or 0)), _LONGEST_PAUSE)

    async def _step(self, visit: _Visit) -> timedelta | None:
        """How long to wait for the next one; None where nothing more comes."""
        for part in visit.remote.parts:
            if not part.over:
                await self._look(visit, part)
        unknown = any(part.ref is None for part in visit.remote.parts if not part.over)
        if not (visit.stops or visit.remote.closed or unknown) and await self._submit_more(visit):
            return timedelta(0)
        return self._poll if visit.remote.is_open else None

    async def _look(self, visit: _Visit, part: Part) -> None:
        """A part that its provider does not know any more, or that cannot be reached long after the end, is over."""
        try:
            await self._advance(visit, part)
        except BanyanError as error:
            late = self._clock.now() > visit.batch.expires + WINDOW
            gone = isinstance(error, UpstreamFailed) and error.status == _GONE
            if not (gone or late or (visit.stops and not passes(error))):
                raise
            log.warning("provider-batch-given-up", batch=visit.batch.id, ref=part.ref, error=error.message)
            await self._note(visit, visit.remote.with_part(structs.replace(part, over=True)))

    async def _advance(self, visit: _Visit, part: Part) -> None:
        provider = visit.at.provider
        if part.ref is None:
            found = await provider.find(Search(part.tag, part.lines, part.sent, part.hint))
            if found.ref is None:
                await self._not_found(visit, part, found)
                return
            part = structs.replace(part, ref=found.ref)
            await self._note(visit, visit.remote.with_part(part))
        ref = part.ref or ""
        if visit.stops and not part.stopped:
            await provider.cancel(ref)
            part = structs.replace(part, stopped=True)
            await self._note(visit, visit.remote.with_part(part))
        state = await provider.poll(ref)
        if state.over:
            if state.fault:
                log.warning("provider-batch-refused", batch=visit.batch.id, ref=ref, reason=state.fault)
            after = visit.remote.after(part)
            await self._answers.fetch(visit.batch, visit.at, state, after=after, last=part.last)
            await self._note(visit, visit.remote.with_part(structs.replace(part, over=True)))

    async def _not_found(self, visit: _Visit, part: Part, found: Found) -> None:
        """What was on its way when its process died may still arrive, so that the first look proves nothing."""
        now = self._clock.now()
        if found.certain and now >= part.sent + 2 * self._poll:
            await self._note(visit, visit.remote.without(part))
        elif now > visit.batch.expires + WINDOW:
            log.warning("provider-batch-given-up", batch=visit.batch.id, tag=part.tag, error="it was never found")
            await self._note(visit, visit.remote.with_part(structs.replace(part, over=True)))

    async def _submit_more(self, visit: _Visit) -> bool:
        """Whether there was anything left to submit."""
        try:
            more = await self._submit.next(visit.holder, visit.batch, visit.remote, visit.at)
        except Refused as refused:
            log.warning("provider-batch-refused", batch=visit.batch.id, reason=refused.error.message)
            await self._note(visit, structs.replace(visit.remote, closed=True))
            return False
        if more is None:
            return False
        visit.remote = more
        return True

    async def _note(self, visit: _Visit, remote: Remote) -> None:
        visit.remote = remote
        await keep(self._store, visit.holder, visit.batch, remote)
