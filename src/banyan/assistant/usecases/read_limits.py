"""Says what a learner has left in a course, in the numbers that are enforced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from banyan.assistant.domain.admission import refusal
from banyan.assistant.domain.policy import Mode
from banyan.assistant.domain.quotas import EXTRACTIVE, Allowance, Charge, allowance, comes_back, spend
from banyan.assistant.ports.store import ConversationStore
from banyan.assistant.usecases.admit import Admit
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.identity import Identity


@dataclass(frozen=True, slots=True)
class Limits:
    """allowed: what the policy gives in 24 hours, at the price of a model's answer; charges: what is used of it.

    enabled: whether the course answers the caller at all. resets_at: when there is more again.
    """

    allowed: Allowance
    charges: Sequence[Charge]
    enabled: bool
    resets_at: datetime | None


async def read_limits(
    admit: Admit,
    store: ConversationStore,
    clock: Clock,
    asker: Identity,
    user: str,
    course: str,
    lesson: str | None = None,
    *,
    model: str,
) -> Limits:
    """user: the caller, or for staff of the course anyone. model: that is asked where the policy names none.

    Raises: NotAllowed; Unavailable.
    """
    asker.check_course(course)
    if user != asker.user:
        await require_staff(admit.platform, asker, course)
    now = clock.now()
    effective = await admit.policies.effective(asker.tenant, course, lesson)
    standing = await admit.platform.standing(asker, course, lesson)
    lock = None if standing.teaches else await admit.locks.lock_for(asker.tenant, course, user, now)
    policy = effective.policy
    asked = EXTRACTIVE if policy.mode is Mode.HEURISTIC else policy.default_model or model
    charges = await store.charges(asker.tenant, user, course, now=now)
    enabled = refusal(effective, standing, lock) is None
    return Limits(allowance(policy), charges, enabled, comes_back(allowance(policy, asked), charges))


def left(allowed: Allowance, charges: Sequence[Charge]) -> tuple[int | None, int | None]:
    """Messages, and money in nano-dollars; None where there is no cap, or no price to count against it."""
    messages = max(0, allowed.messages - len(charges)) if allowed.messages else None
    cost = max(0, allowed.cost - spend(charges)) if allowed.cost and allowed.price else None
    return messages, cost
