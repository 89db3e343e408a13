"""One try to get vectors: paid for before, settled after, and written down whatever happens."""

from time import perf_counter, time

from banyan.kernel.errors import QuotaExceeded, Unavailable
from banyan.kernel.ids import new_id
from banyan.kernel.money import NOTHING, Money, dollars
from banyan.proxy.domain.accounting import Attempt, Caller, Status, Trace
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.failures import PRICE_UNKNOWN
from banyan.proxy.domain.pricing import NO_TOKENS, Price, Tokens
from banyan.proxy.ports.budgets import Reservation
from banyan.proxy.usecases.fleet import Accounts

KIND = "embeddings"


async def open_bill(accounts: Accounts, caller: Caller, deployment: Deployment, size: int, trace: Trace) -> "Bill":
    """size: tokens that the texts cannot exceed.

    Raises: QuotaExceeded; Unavailable for an unknown price where a budget applies.
    """
    price = accounts.prices.of(deployment)
    reservation: Reservation | None = None
    if accounts.budgets.limits(caller):
        if price is None:
            raise Unavailable(
                f"No price is known for {deployment.name}, so no budget can pay for it; give it a price.",
                code=PRICE_UNKNOWN,
            )
        try:
            reservation = await accounts.budgets.reserve(caller, price.most(size, 0))
        except QuotaExceeded:
            accounts.telemetry.refused("budget", caller.tenant)
            raise
    trace.attempts += 1
    return Bill(accounts, caller, deployment, price, reservation, trace)


class Bill:
    """From the beginning of a try to its row in the ledger."""

    def __init__(
        self,
        accounts: Accounts,
        caller: Caller,
        deployment: Deployment,
        price: Price | None,
        reservation: Reservation | None,
        trace: Trace,
    ) -> None:
        self._accounts = accounts
        self._caller = caller
        self._deployment = deployment
        self._price = price
        self._reservation = reservation
        self._trace = trace
        self._id = new_id("att")
        self._at = time()
        self._started = perf_counter()
        accounts.ledger.begin(self._row(Status.LOST, NO_TOKENS, None, ""))

    def close(self, status: Status, tokens: Tokens, error: str = "") -> None:
        """Writes it down, settles it, and tells the caller what it cost."""
        cost: Money | None = NOTHING
        if status is not Status.CACHED and (status is not Status.FAILED or tokens.input):
            cost = None if self._price is None else self._price.of(tokens)
        if status is not Status.FAILED:
            self._trace.headers["x-banyan-cost"] = "unknown" if cost is None else f"{dollars(cost):f}"
        if status is not Status.CACHED:
            self._trace.input += tokens.input
        if self._reservation is not None:
            self._accounts.budgets.settle(self._reservation, cost or NOTHING)
        self._accounts.ledger.finish(self._row(status, tokens, cost, error))

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
            reason=self._trace.why,
            error=error,
            reserved=NOTHING if reservation is None else reservation.amount,
            holds=() if reservation is None else reservation.holds,
        )
