"""Leaves batches to a provider's own batch API, where that exists and is cheaper, and fetches the answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, UpstreamFailed
from banyan.kernel.ids import content_id
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Caller, Status
from banyan.proxy.domain.batch_output import answered
from banyan.proxy.domain.batches import TASK, Batch, BatchStatus, Line
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.pricing import NO_TOKENS, Price, Tokens
from banyan.proxy.ports.batch_provider import BatchProvider, RemoteState
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.ports.ledger import Ledger

_PAGE = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Remote:
    """A deployment whose provider takes batches. price: of a call; a batch costs half of it."""

    deployment: Deployment
    provider: BatchProvider
    price: Price | None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class _Body(msgspec.Struct):
    usage: _Usage | None = None


Choose = Callable[[Batch, Collection[str]], str | None]
"""From a batch and the models of its lines to the one deployment whose provider may have it; None for nobody."""


class RemoteBatches:
    """by_name: a deployment, while it is set up. poll: seconds between two looks."""

    def __init__(
        self,
        store: BatchStore,
        ledger: Ledger,
        clock: Clock,
        choose: Choose,
        by_name: Callable[[str], Remote | None],
        poll: float = 30,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self.choose = choose
        self._by_name = by_name
        self._poll = poll

    async def care(self, holder: str, batch: Batch) -> bool:
        """One step: submit, look, or fetch. A batch that is to end is ended there first.

        Whether nothing more is to come from there; lines without an answer are this service's own again then.
        Raises: Unavailable.
        """
        known: dict[str, Any] = dict(batch.remote or {})
        remote = self._by_name(known.get("deployment", ""))
        try:
            state = None if remote is None else await self._state(holder, batch, known, remote)
            if state is not None and not state.over:
                until = self._clock.now() + timedelta(seconds=self._poll)
                await self._store.rest(holder, batch.owner.tenant, batch.id, until)
                return False
            if remote is not None and state is not None:
                await self._fetch(batch, remote, state)
        except BanyanError as error:
            log.warning("provider-batch-failed", batch=batch.id, error=error.message)
            if _passes(error):
                until = self._clock.now() + timedelta(seconds=self._poll)
                await self._store.rest(holder, batch.owner.tenant, batch.id, until)
                return False
        await self._store.take_back(holder, batch.owner.tenant, batch.id)
        return True

    async def _state(self, holder: str, batch: Batch, known: dict[str, Any], remote: Remote) -> RemoteState:
        provider, stops = remote.provider, batch.status != BatchStatus.IN_PROGRESS
        ref: str | None = known.get("ref") or await provider.find(batch.id)
        if ref is None:
            if stops:
                return RemoteState(over=True)
            ref = await provider.submit(batch.endpoint, self._lines(batch, remote), batch.id)
        if "ref" not in known:
            await self._store.note_remote(holder, batch.owner.tenant, batch.id, {**known, "ref": ref})
        if stops:
            await provider.cancel(ref)
        state = await provider.poll(ref)
        while stops and not state.over:
            await asyncio.sleep(min(self._poll, 2))
            state = await provider.poll(ref)
        return state

    async def _open(self, batch: Batch) -> AsyncIterator[Line]:
        last = 0
        while page := await self._store.remote_lines(batch.owner.tenant, batch.id, after=last, limit=_PAGE):
            for line in page:
                yield line
            last = page[-1].number

    async def _lines(self, batch: Batch, remote: Remote) -> AsyncIterator[bytes]:
        async for line in self._open(batch):
            body = msgspec.json.decode(line.body, type=dict[str, msgspec.Raw])
            fields = {**body, "model": remote.deployment.model}
            request = {"custom_id": str(line.number), "method": "POST", "url": batch.endpoint, "body": fields}
            yield msgspec.json.encode(request) + b"\n"

    async def _fetch(self, batch: Batch, remote: Remote, state: RemoteState) -> None:
        open_ones = {str(line.number): line async for line in self._open(batch)}
        done: list[tuple[Line, bytes, bool]] = []
        async for result in remote.provider.results(state):
            line = open_ones.pop(result.custom_id, None)
            if line is None:
                continue
            good = result.status < 300
            self._note(batch, line, remote, result.body, good=good)
            done.append((line, answered(line.custom_id, result.status, line.request_id, result.body), good))
            if len(done) >= _PAGE:
                await self._store.finish_remote(done)
                done = []
        await self._store.finish_remote(done)

    def _note(self, batch: Batch, line: Line, remote: Remote, body: bytes, *, good: bool) -> None:
        """The row of the line, under an id that follows from the line: noted again it is the same row."""
        tokens = _tokens(body) if good else NO_TOKENS
        price, owner = remote.price, batch.owner
        cost = None if price is None else Money(-(-price.of(tokens) // 2)) if good else Money(0)
        caller = Caller(owner.tenant, owner.user, owner.key, None, TASK, line.request_id, owner.zone)
        attempt = Attempt(
            id=f"att_{content_id(line.tenant, line.batch, str(line.number))}",
            caller=caller,
            deployment=remote.deployment.name,
            provider=remote.deployment.provider,
            model=remote.deployment.model,
            at=self._clock.now().timestamp(),
            status=Status.OK if good else Status.FAILED,
            tokens=tokens,
            cost=cost,
            price_version="" if price is None else f"{price.version}, half for a batch",
            reason="the provider's batch API",
        )
        self._ledger.finish(attempt)


def _passes(error: BanyanError) -> bool:
    """Whether it is worth trying again; an address without a batch API says 404, for one."""
    if isinstance(error, UpstreamFailed) and (error.code == "bad_answer" or (error.status or 500) < 500):
        return False
    return error.passing


def _tokens(body: bytes) -> Tokens:
    try:
        usage = msgspec.json.decode(body, type=_Body).usage or _Usage()
    except msgspec.DecodeError:
        return NO_TOKENS
    return Tokens(usage.prompt_tokens or usage.input_tokens, usage.completion_tokens or usage.output_tokens)
