"""The port to the books of budgets, which all processes share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from banyan.kernel.money import Money
from banyan.proxy.domain.accounting import Hold
from banyan.proxy.domain.budgets import Budget, BudgetState


@dataclass(frozen=True, slots=True)
class Slice:
    """One process's part of what is left. number: that the movement is to have, by which it is known again."""

    tenant: str
    hold: Hold
    process: str
    number: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """amount: what the slice grew by; None where that much is not left. left: what stays for others."""

    amount: Money | None
    left: Money


class BudgetStore(Protocol):
    """For every hold: settled, plus the slices of all processes, never goes beyond the limit."""

    async def change(self) -> int:
        """A number that grows with every change to any budget, in whatever process; cheap."""
        ...

    async def all(self) -> Sequence[Budget]:
        """Of every tenant."""
        ...

    async def put(self, budget: Budget) -> None:
        """Adds it, or replaces the one with its id; what is settled stays."""
        ...

    async def remove(self, tenant: str, id: str) -> bool:
        """Whether it was there."""
        ...

    async def states(self, tenant: str, id: str, window: str) -> Sequence[BudgetState]:
        """How the budget stands in the window, for everybody who has used it."""
        ...

    async def draw(self, slice: Slice, needed: Money, wanted: Money) -> Drawn:
        """Makes the slice grow by at least `needed`, by as much as `slice_of` says, or not at all."""
        ...

    async def give_back(self, moves: Sequence[tuple[Slice, Money, bool]]) -> Sequence[bool]:
        """Makes the slices shrink, or grow by an amount below 0, whatever the limit: that is spent already.

        One whose flag is set is forgotten when nothing is left in it. Returns for each whether it is gone.
        """
        ...

    async def last_move(self, slice: Slice) -> tuple[int, Money] | None:
        """Number and amount of the slice's last movement; None where there is no slice. Waits for one under way."""
        ...

    async def beat(self, process: str) -> None:
        """The process lives."""
        ...

    async def release(self, process: str) -> None:
        """The process is no more, and all it spent is settled: what is left of its slices is free again."""
        ...

    async def forfeit(self, seconds: float) -> int:
        """Counts slices as spent whose processes have given no sign for so many seconds; how many."""
        ...
