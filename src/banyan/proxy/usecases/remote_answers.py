"""Takes the answers of a provider's batch API: into the rows of the lines, and into the ledger at half the price."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from banyan.kernel.clock import Clock
from banyan.kernel.ids import content_id
from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Caller, Status
from banyan.proxy.domain.batch_output import answered
from banyan.proxy.domain.batch_usage import tokens_of
from banyan.proxy.domain.batches import TASK, Batch, Line
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.pricing import NO_TOKENS, Price, Tokens
from banyan.proxy.ports.batch_provider import BatchProvider, RemoteState
from banyan.proxy.ports.batch_store import BatchStore
from banyan.proxy.ports.ledger import Ledger

_PAGE = 200
_LEFT_OVER = 500
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class RemoteDeployment:
    """A deployment whose provider takes batches. price: of a call; a batch costs half of it."""

    deployment: Deployment
    provider: BatchProvider
    price: Price | None


async def open_lines(store: BatchStore, batch: Batch, *, after: int) -> AsyncIterator[Line]:
    """Lines behind `after` that are left to the provider and have no answer, in their order."""
    while page := await store.remote_lines(batch.owner.tenant, batch.id, after=after, limit=_PAGE):
        for line in page:
            yield line
        after = page[-1].number


class RemoteAnswers:
    """Each line counts once, however often its answer is fetched."""

    def __init__(self, store: BatchStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    async def fetch(self, batch: Batch, at: RemoteDeployment, state: RemoteState, *, after: int, last: int) -> None:
        """Of the lines behind `after` and up to `last`. What failed in passing is left over, to be asked here."""
        waiting: dict[int, tuple[Line, int]] = {}
        async for line in open_lines(self._store, batch, after=after):
            if line.number > last:
                break
            waiting[line.number] = replace(line, body=b""), len(line.body)
        done: list[tuple[Line, bytes, bool]] = []
        async for result in at.provider.results(state):
            if result.status == _TOO_MANY or result.status >= _LEFT_OVER or result.number not in waiting:
                continue
            line, size = waiting.pop(result.number)
            good = result.status < 300
            self._note(batch, line, at, tokens_of(size, result.body) if good else None)
            done.append((line, answered(line.custom_id, result.status, line.request_id, result.body), good))
            if len(done) >= _PAGE:
                await self._store.finish_remote(done)
                done = []
        await self._store.finish_remote(done)

    def _note(self, batch: Batch, line: Line, at: RemoteDeployment, tokens: Tokens | None) -> None:
        """The row of the line, under an id that follows from the line: noted again it is the same row."""
        price, owner, good = at.price, batch.owner, tokens is not None
        cost = None if price is None else Money(-(-price.of(tokens) // 2)) if tokens is not None else Money(0)
        attempt = Attempt(
            id=f"att_{content_id(line.tenant, line.batch, str(line.number))}",
            caller=Caller(owner.tenant, owner.user, owner.key, None, TASK, line.request_id, owner.zone),
            deployment=at.deployment.name,
            provider=at.deployment.provider,
            model=at.deployment.model,
            at=self._clock.now().timestamp(),
            status=Status.OK if good else Status.FAILED,
            tokens=tokens or NO_TOKENS,
            cost=cost,
            price_version="" if price is None else f"{price.version}, half for a batch",
            reason="the provider's batch API",
        )
        self._ledger.finish(attempt)
