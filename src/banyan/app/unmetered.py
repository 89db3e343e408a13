"""Accounts that count nothing."""

from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Attempt, Caller
from banyan.proxy.domain.deployments import Deployment
from banyan.proxy.domain.pricing import Price
from banyan.proxy.ports.budgets import Reservation
from banyan.proxy.ports.rate_limits import Admission, Ask
from banyan.proxy.usecases.fleet import Accounts


class Unpriced:
    """Knows no price."""

    def of(self, deployment: Deployment) -> Price | None:
        """None."""
        return None


class Unlimited:
    """Lets everybody in and everything be spent."""

    def limits(self, caller: Caller) -> bool:
        """No."""
        return False

    async def reserve(self, caller: Caller, amount: Money) -> Reservation:
        """Always."""
        return Reservation(amount)

    def settle(self, reservation: Reservation, cost: Money) -> None:
        """Nothing."""

    async def enter(self, ask: Ask) -> Admission | None:
        """Nothing limits the caller."""
        return None


class Unwritten:
    """Writes nothing down."""

    def begin(self, attempt: Attempt) -> None:
        """Nothing."""

    def finish(self, attempt: Attempt) -> None:
        """Nothing."""


UNMETERED = Accounts(Unpriced(), Unlimited(), Unwritten())
