"""The port to money budgets: reserved before a call, settled after it."""

from dataclasses import dataclass
from typing import Protocol

from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Caller, Hold


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside in every budget that the caller is under.

    holds: for the attempt that it pays for, by which the books are kept. accounts: the implementation's own.
    """

    amount: Money
    holds: tuple[Hold, ...] = ()
    accounts: tuple[object, ...] = ()


class Budgets(Protocol):
    """What callers may still spend: by key, user, course and tenant, in all and by month.

    The sum of what is settled and what is reserved never goes beyond a budget, over all processes.
    """

    def limits(self, caller: Caller) -> bool:
        """Whether any budget applies to the caller; cheap, no waiting."""
        ...

    async def reserve(self, caller: Caller, amount: Money) -> Reservation:
        """All of it in every budget that applies, or nothing. Does not wait where this process holds enough already.

        Raises: QuotaExceeded naming the budget, with the time of its reset; Unavailable when the books cannot be
            reached and this process holds too little.
        """
        ...

    def settle(self, reservation: Reservation, cost: Money) -> None:
        """The true price, once per reservation; 0 gives all of it back. A cost beyond the reservation is booked too.

        Never waits and never raises.
        """
        ...
