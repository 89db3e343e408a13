"""Questions to the usage ledger, and the shape of their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import Money

GROUPS = ("course", "day", "deployment", "key", "kind", "model", "provider", "status", "task", "tenant", "user")
"""What usage can be added up by."""
FILTERS = ("course", "deployment", "key", "kind", "model", "provider", "request_id", "status", "task", "user")
"""What it can be narrowed down to."""


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """tenant: None for all of them. since, until: the latter is not included. filters: names of `FILTERS` to values."""

    tenant: str | None
    since: datetime | None = None
    until: datetime | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What some attempts add up to.

    group: one value for each name that was grouped by; None where the attempts had none.
    cost: of those whose price is known. unpriced: how many have none, and so are missing from the cost.
    estimated: how many attempts whose tokens were counted by us. seconds: of all together.
    failed: how many gave no whole answer, other than because the caller left.
    """

    group: tuple[str | None, ...]
    attempts: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    cost: Money
    unpriced: int
    estimated: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Charged:
    """Some calls of a deployment: what its provider said they cost, and what its price makes of the same tokens."""

    deployment: str
    calls: int
    reported: Money
    listed: Money


def read_groups(text: str, param: str) -> list[str]:
    """A comma list of `GROUPS`. Raises: InvalidInput, naming the choice."""
    groups = [name.strip() for name in text.split(",") if name.strip()]
    for name in groups:
        if name not in GROUPS or groups.count(name) > 1:
            raise InvalidInput(f"`{param}` takes each of {', '.join(GROUPS)} at most once; correct it.", param=param)
    return groups
