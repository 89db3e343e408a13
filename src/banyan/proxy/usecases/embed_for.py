"""Embeds on a caller's account: limits, data zone, budgets and ledger, as for chat."""

from time import perf_counter, time

from banyan.kernel.errors import BanyanError, Unavailable
from banyan.kernel.ids import new_id
from banyan.kernel.money import NOTHING, Money, dollars
from banyan.proxy.domain.accounting import Attempt, Caller, Status, Trace
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.estimates import probable
from banyan.proxy.domain.failures import PRICE_UNKNOWN
from banyan.proxy.domain.pricing import NO_TOKENS, Price, Tokens, counted
from banyan.proxy.ports.budgets import Reservation
from banyan.proxy.ports.rate_limits import Ask, RateLimits
from banyan.proxy.usecases.embed import EmbeddingModels, EmbedRequest, EmbedResult, embed
from banyan.proxy.usecases.fleet import Accounts

KIND = "embeddings"


class EmbedFor:
    """Implements the use case around `embed`: what comes from the provider is paid for, what is remembered is not."""

    def __init__(self, models: EmbeddingModels, limits: RateLimits, accounts: Accounts) -> None:
        self.models = models
        self._limits = limits
        self._accounts = accounts

    async def embed(self, caller: Caller, request: EmbedRequest, trace: Trace) -> EmbedResult:
        """One vector per input. Raises: as `embed`; NotAllowed, RateLimited, QuotaExceeded; Unavailable for an
        unknown price where a budget applies.
        """
        model = request.model or self.models.default
        deployment = self.models.deployment(model)
        if caller.zone is not None:
            self.models.check_zone(request.model, caller.zone)
        size = _most_tokens(request.input)
        admission = await self._limits.enter(Ask(caller, probable(size)))
        used = NO_TOKENS
        try:
            if admission is not None:
                trace.headers.update(admission.headers)
            trace.deployment, trace.why = model, "asked for by name"
            price = self._accounts.prices.of(deployment)
            reservation = await self._reserve(caller, deployment, price, size)
            bill = _Bill(self._accounts, caller, deployment, price, reservation)
            try:
                result = await embed(request, self.models)
            except BanyanError as error:
                bill.close(Status.FAILED, NO_TOKENS, error.code)
                raise
            except BaseException:
                bill.close(Status.CANCELLED, Tokens(probable(size), estimated=True))
                raise
            used = _used(result, size)
            status = Status.CACHED if result.spared and not used.input else Status.OK
            cost = bill.close(status, Tokens(result.tokens) if status is Status.CACHED else used)
            trace.headers["x-banyan-cost"] = "unknown" if cost is None else f"{dollars(cost):f}"
            return result
        finally:
            if admission is not None:
                admission.leave(used)

    async def _reserve(
        self, caller: Caller, deployment: Deployment, price: Price | None, size: int
    ) -> Reservation | None:
        budgets = self._accounts.budgets
        if not budgets.limits(caller):
            return None
        if price is None:
            raise Unavailable(
                f"No price is known for {deployment.name}, so no budget can pay for it; give it a price.",
                code=PRICE_UNKNOWN,
            )
        return await budgets.reserve(caller, price.most(size, 0))


class _Bill:
    """One call, from its beginning to its row in the ledger."""

    def __init__(
        self,
        accounts: Accounts,
        caller: Caller,
        deployment: Deployment,
        price: Price | None,
        reservation: Reservation | None,
    ) -> None:
        self._accounts = accounts
        self._caller = caller
        self._deployment = deployment
        self._price = price
        self._reservation = reservation
        self._id = new_id("att")
        self._at = time()
        self._started = perf_counter()
        accounts.ledger.begin(self._row(Status.LOST, NO_TOKENS, None, ""))

    def close(self, status: Status, tokens: Tokens, error: str = "") -> Money | None:
        """Writes it down and settles it; the cost, None where no price is known."""
        cost: Money | None = NOTHING
        if status not in (Status.FAILED, Status.CACHED):
            cost = None if self._price is None else self._price.of(tokens)
        if self._reservation is not None:
            self._accounts.budgets.settle(self._reservation, cost or NOTHING)
        self._accounts.ledger.finish(self._row(status, tokens, cost, error))
        return cost

    def _row(self, status: Status, tokens: Tokens, cost: Money | None, error: str) -> Attempt:
        reservation, price = self._reservation, self._price
        return Attempt(
            id=self._id,
            caller=self._caller,
            deployment=self._deployment.name,
            provider=self._deployment.provider,
            model=self._deployment.model,
            at=self._at,
            kind=KIND,
            status=status,
            tokens=tokens,
            cost=cost,
            price_version="" if price is None else price.version,
            seconds=perf_counter() - self._started,
            error=error,
            reserved=NOTHING if reservation is None else reservation.amount,
            holds=() if reservation is None else reservation.holds,
        )


def _used(result: EmbedResult, size: int) -> Tokens:
    """What the provider read; estimated where it does not count, or counts what cannot be."""
    told = counted(result.tokens, 0)
    if told is None:
        return Tokens(probable(size), estimated=True)
    return Tokens(max(0, told.input - result.spared))


def _most_tokens(value: object) -> int:
    """A bound: a text has no more tokens than bytes, and some that the model adds."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass")) + 2
    if not isinstance(value, list):
        return 0
    return sum(_most_tokens(entry) if isinstance(entry, str | list) else 1 for entry in value) + 2
