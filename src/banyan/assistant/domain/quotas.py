"""How many questions a learner may ask in a course within 24 hours, and what their answers may cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from banyan.assistant.domain.notices import Notice, NoticeCode
from banyan.assistant.domain.policy import Policy
from banyan.kernel.money import NOTHING, Money, money

WINDOW = timedelta(hours=24)
"""It rolls: a question counts until it is just so old."""

EXTRACTIVE = "banyan/extractive"
"""Quotes from the lesson, asks no model, and so costs nobody anything."""


class Allowance(Struct, frozen=True):
    """What a learner may use up in the window. messages, cost: 0 for no cap. price: of the next answer."""

    messages: int = 0
    price: Money = NOTHING
    cost: Money = NOTHING


class Hold(Struct, frozen=True):
    """An allowance, and until when a turn keeps its place in it unless it is renewed or ends before."""

    allowance: Allowance
    expires: datetime


class Charge(Struct, frozen=True):
    """A question that counts, since `at`, and what its answer costs or may cost."""

    at: datetime
    price: Money


class Exhausted(Struct, frozen=True):
    """There is nothing left. resets_at: when the question may be asked; None where the cap is below one price."""

    code: NoticeCode
    resets_at: datetime | None


def allowance(policy: Policy, model: str = "") -> Allowance:
    """What the policy allows for an answer of the model, or of any that has a price."""
    price = NOTHING if model == EXTRACTIVE else money(policy.cost_per_message)
    return Allowance(policy.max_messages_per_user_per_day, price, money(policy.cost_cap_per_user_per_day))


def spend(charges: Sequence[Charge]) -> Money:
    """What they cost together."""
    return Money(sum(charge.price for charge in charges))


def fits(allowed: Allowance, messages: int, spent: Money) -> bool:
    """Whether one more question has its place beside so many that cost so much."""
    return _reason(allowed, messages, spent) is None


def exhausted(allowed: Allowance, charges: Sequence[Charge]) -> Exhausted | None:
    """Why one more question is too many; None where it is not. charges: of the window, oldest first."""
    reason = _reason(allowed, len(charges), spend(charges))
    if reason is None:
        return None
    left = spend(charges)
    for number, charge in enumerate(charges):
        left = Money(left - charge.price)
        if _reason(allowed, len(charges) - number - 1, left) is None:
            return Exhausted(reason, charge.at + WINDOW)
    return Exhausted(reason, None)


def comes_back(allowed: Allowance, charges: Sequence[Charge]) -> datetime | None:
    """When the learner has more again than now; None where nothing is used, or nothing ever helps."""
    blocked = exhausted(allowed, charges)
    if blocked is not None:
        return blocked.resets_at
    return charges[0].at + WINDOW if charges else None


def told(blocked: Exhausted, allowed: Allowance) -> Notice:
    """What the learner hears of it."""
    when = "" if blocked.resets_at is None else f" You can ask again from {blocked.resets_at:%H:%M} UTC."
    if blocked.code is NoticeCode.MESSAGE_CAP:
        number = f"{allowed.messages} question{'' if allowed.messages == 1 else 's'}"
        return Notice(blocked.code, f"You have used your {number} of 24 hours in this course.{when}", blocked.resets_at)
    what = "What your answers in this course may cost in 24 hours is used up."
    return Notice(blocked.code, what + (when or " Please ask your teacher."), blocked.resets_at)


def _reason(allowed: Allowance, messages: int, spent: Money) -> NoticeCode | None:
    if allowed.messages and messages >= allowed.messages:
        return NoticeCode.MESSAGE_CAP
    if allowed.cost and allowed.price and spent + allowed.price > allowed.cost:
        return NoticeCode.COST_CAP
    return None
