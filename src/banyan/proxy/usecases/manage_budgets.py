"""Makes, changes and shows budgets."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.ids import new_id
from banyan.kernel.money import Money
from banyan.proxy.domain.budgets import Budget, BudgetState, BudgetWish, checked, resets_at, window
from banyan.proxy.ports.budget_store import BudgetStore


async def _nothing() -> None:
    """Other processes look for changes themselves."""


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget and how it stands in the present period, for everybody who has used it."""

    budget: Budget
    window: str
    resets_at: datetime | None
    states: Sequence[BudgetState]


class ManageBudgets:
    """Everything happens within the tenant of whoever asks.

    changed: told after every change of this process. settle: brings what this process's calls have cost into the
    books; awaited before they are shown.
    """

    def __init__(
        self,
        store: BudgetStore,
        clock: Clock,
        changed: Callable[[], Awaitable[None]] = _nothing,
        settle: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._store = store
        self._clock = clock
        self._changed = changed
        self._settle = settle

    async def list(self, tenant: str) -> Sequence[BudgetView]:
        """Every budget of the tenant, oldest first. Raises: Unavailable."""
        await self._settle()
        return [await self._view(budget) for budget in await self._store.all() if budget.tenant == tenant]

    async def get(self, tenant: str, id: str) -> BudgetView:
        """Raises: NotFound, Unavailable."""
        await self._settle()
        return await self._view(await self._budget(tenant, id))

    async def create(self, by: Identity, wish: BudgetWish) -> BudgetView:
        """In force at once here, and within a second elsewhere. Raises: InvalidInput."""
        wish = checked(wish, by.tenant)
        budget = Budget(
            by.tenant,
            new_id("bud"),
            wish.name,
            wish.kind,
            wish.subject,
            wish.period,
            wish.limit,
            self._clock.now(),
            by.user,
        )
        return await self._put(budget)

    async def update(self, tenant: str, id: str, *, limit: Money | None, name: str | None) -> BudgetView:
        """What is None stays; what is settled stays too. Raises: NotFound, InvalidInput."""
        budget = await self._budget(tenant, id)
        wish = BudgetWish(
            budget.kind,
            budget.subject,
            budget.period,
            budget.limit if limit is None else limit,
            budget.name if name is None else name,
        )
        wish = checked(wish, tenant)
        return await self._put(replace(budget, limit=wish.limit, name=wish.name))

    async def remove(self, tenant: str, id: str) -> None:
        """With all that is settled of it. Raises: NotFound."""
        if not await self._store.remove(tenant, id):
            raise _unknown()
        await self._changed()

    async def _put(self, budget: Budget) -> BudgetView:
        await self._store.put(budget)
        await self._changed()
        await self._settle()
        return await self._view(budget)

    async def _budget(self, tenant: str, id: str) -> Budget:
        for budget in await self._store.all():
            if (budget.tenant, budget.id) == (tenant, id):
                return budget
        raise _unknown()

    async def _view(self, budget: Budget) -> BudgetView:
        now = self._clock.now()
        name = window(budget.period, now)
        states = await self._store.states(budget.tenant, budget.id, name)
        return BudgetView(budget, name, resets_at(budget.period, now), states)


def _unknown() -> NotFound:
    return NotFound("There is no such budget; choose one from the list of budgets.", code="unknown_budget", param="id")
