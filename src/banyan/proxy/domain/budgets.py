"""Money budgets: whom one is about, for which time, and how much of it a process may draw at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from banyan.kernel.errors import InvalidInput, QuotaExceeded
from banyan.kernel.ids import check_id, name_fault
from banyan.kernel.money import NOTHING, Money, dollars
from banyan.proxy.domain.accounting import Caller, Hold


class Kind(StrEnum):
    """What a budget is about."""

    KEY = "key"
    USER = "user"
    COURSE = "course"
    TENANT = "tenant"


class Period(StrEnum):
    """How often a budget is renewed, by the calendar in UTC."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


EACH = ""
"""The subject of a budget that every user, key or course has for itself."""
TIGHT_CALLS = 40
"""Below so many calls of the present size, exactly what is needed is drawn, and given back at once."""
_SHARE = 8
"""A process draws at most this part of what is left, so that others find something, too."""
_MOST_CALLS = 512
"""Calls that a slice pays for: at 4,000 calls a second a draw every eighth of a second."""


@dataclass(frozen=True, slots=True)
class Budget:
    """limit: of one period. subject: an id, or `EACH`; of a tenant's budget always the tenant."""

    tenant: str
    id: str
    name: str
    kind: Kind
    subject: str
    period: Period
    limit: Money
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How a budget stands, or one person's part of it. reserved: what processes hold for calls, now or soon."""

    who: str
    window: str
    settled: Money = NOTHING
    reserved: Money = NOTHING


@dataclass(frozen=True, slots=True)
class BudgetWish:
    """What somebody wants a budget to be."""

    kind: Kind
    subject: str
    period: Period
    limit: Money
    name: str = ""


def checked(wish: BudgetWish, tenant: str) -> BudgetWish:
    """The wish with its name and subject filled in. Raises: InvalidInput."""
    subject = tenant if wish.kind is Kind.TENANT else wish.subject
    if subject != EACH:
        check_id(subject, "subject")
    whose = f"each {wish.kind}" if subject == EACH else f"{wish.kind} {subject}"
    name = wish.name or f"{whose} by {wish.period}"[:200]
    if name_fault(name) is not None:
        raise InvalidInput(f"`name` must {name_fault(name)}; correct it.", param="name")
    return BudgetWish(wish.kind, subject, wish.period, wish.limit, name)


def window(period: Period, now: datetime) -> str:
    """The name of the period that `now` is in: `2026-01-31`, `2026-01` or `total`."""
    today = now.astimezone(UTC)
    if period is Period.DAY:
        return today.date().isoformat()
    return today.strftime("%Y-%m") if period is Period.MONTH else "total"


def resets_at(period: Period, now: datetime) -> datetime | None:
    """When the next period begins; None for one that never ends."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.DAY:
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1) if period is Period.MONTH else None


def hold_of(budget: Budget, caller: Caller, now: datetime) -> Hold | None:
    """What the caller's calls are held against; None where the budget is not about the caller."""
    who = _who(budget.kind, caller)
    if budget.tenant != caller.tenant or not who or budget.subject not in (EACH, who):
        return None
    return Hold(budget.id, who if budget.subject == EACH else EACH, window(budget.period, now))


def slice_of(left: Money, needed: Money, wanted: Money) -> Money:
    """How much to draw when `needed` is wanted at once and `wanted` by all who wait; NOTHING where that is not left."""
    if left < needed:
        return NOTHING
    if left < TIGHT_CALLS * max(needed, wanted):
        return Money(min(left, max(needed, wanted)))
    return Money(max(needed, min(left // _SHARE, max(needed, wanted) * _MOST_CALLS)))


def is_tight(left: Money, needed: Money) -> bool:
    """Whether so little is left that nobody should hold what is not needed at once."""
    return left < TIGHT_CALLS * max(needed, 1)


def used_up(budget: Budget, now: datetime) -> QuotaExceeded:
    """What a caller is told for whom too little is left."""
    renewed = resets_at(budget.period, now)
    step = "ask whoever runs the service to raise it"
    if renewed is not None:
        step = f"it is renewed on {renewed:%Y-%m-%d} at midnight UTC; wait, or {step}"
    return QuotaExceeded(
        f"The budget {budget.name!r} of ${dollars(budget.limit):f} has too little left for this call; {step}.",
        retry_after=None if renewed is None else (renewed - now).total_seconds(),
    )


def _who(kind: Kind, caller: Caller) -> str:
    if kind is Kind.TENANT:
        return caller.tenant
    if kind is Kind.KEY:
        return caller.key or ""
    return caller.user if kind is Kind.USER else caller.course or ""
