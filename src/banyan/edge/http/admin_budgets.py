"""`/admin/budgets`: what may be spent, for admins of their tenant."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from banyan.edge.http.access import ADMIN, RuledRoute, identity_of
from banyan.kernel.identity import Identity
from banyan.kernel.money import Money, dollars, money
from banyan.proxy.domain.budgets import BudgetState, BudgetWish, Kind, Period
from banyan.proxy.usecases.manage_budgets import BudgetView, ManageBudgets

Admin = Annotated[Identity, Depends(identity_of)]
Dollars = Annotated[str | float, Field(description="US dollars, such as `12.50`.")]


class BudgetWishBody(BaseModel):
    """What the budget is to be. subject: a key's id, a user or a course; empty for each of them, one budget a head."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    subject: str = Field("", max_length=200)
    period: Period = Field(Period.MONTH, description="`day` and `month` begin at midnight UTC.")
    limit: Dollars
    name: str = Field("", max_length=200)


class BudgetChange(BaseModel):
    """What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    limit: Dollars | None = None
    name: str | None = Field(None, max_length=200)


class AccountBody(BaseModel):
    """In dollars. settled: spent and booked. reserved: held by processes, for calls under way and to come."""

    who: str
    settled: str
    reserved: str
    left: str


class BudgetBody(BaseModel):
    """A budget in its present period. settled, reserved: of everybody. accounts: of each, where each has its own."""

    id: str
    tenant: str
    name: str
    kind: Kind
    subject: str
    period: Period
    limit: str
    settled: str
    reserved: str
    window: str
    resets_at: datetime | None
    created_at: datetime
    created_by: str
    accounts: list[AccountBody]


class BudgetsBody(BaseModel):
    """Oldest first."""

    budgets: list[BudgetBody]


def budget_routes(manage: ManageBudgets) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/budgets")

    @router.get("", openapi_extra=ADMIN, summary="Every budget of the tenant, and how it stands")
    async def budgets(admin: Admin) -> BudgetsBody:
        return BudgetsBody(budgets=[BudgetBody(**budget_fields(view)) for view in await manage.list(admin.tenant)])

    @router.post("", openapi_extra=ADMIN, status_code=201, summary="Create a budget")
    async def create(body: BudgetWishBody, admin: Admin) -> BudgetBody:
        wish = BudgetWish(body.kind, body.subject, body.period, money(body.limit), body.name)
        return BudgetBody(**budget_fields(await manage.create(admin, wish)))

    @router.get("/{id}", openapi_extra=ADMIN, summary="One budget, and how it stands")
    async def show(id: str, admin: Admin) -> BudgetBody:
        return BudgetBody(**budget_fields(await manage.get(admin.tenant, id)))

    @router.patch("/{id}", openapi_extra=ADMIN, summary="Raise, lower or rename a budget")
    async def update(id: str, body: BudgetChange, admin: Admin) -> BudgetBody:
        limit = None if body.limit is None else money(body.limit)
        return BudgetBody(**budget_fields(await manage.update(admin.tenant, id, limit=limit, name=body.name)))

    @router.delete("/{id}", openapi_extra=ADMIN, status_code=204, summary="Delete a budget", response_class=Response)
    async def remove(id: str, admin: Admin) -> Response:
        await manage.remove(admin.tenant, id)
        return Response(status_code=204)

    return router


def budget_fields(view: BudgetView) -> dict[str, Any]:
    """As `BudgetBody`."""
    same = ("id", "tenant", "name", "kind", "subject", "period", "created_at", "created_by")
    return {
        **{name: getattr(view.budget, name) for name in same},
        "limit": _shown(view.budget.limit),
        "settled": _shown(sum(state.settled for state in view.states)),
        "reserved": _shown(sum(state.reserved for state in view.states)),
        "window": view.window,
        "resets_at": view.resets_at,
        "accounts": [_account(state, view.budget.limit) for state in view.states],
    }


def _account(state: BudgetState, limit: Money) -> dict[str, str]:
    left = max(0, limit - state.settled - state.reserved)
    return {
        "who": state.who,
        "settled": _shown(state.settled),
        "reserved": _shown(state.reserved),
        "left": _shown(left),
    }


def _shown(amount: int) -> str:
    return f"{dollars(Money(amount)):f}"
