"""What the ledger holds as people read it: sums and single attempts, as fields and as CSV; shared with the commands."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from banyan.kernel.money import Money, dollars
from banyan.proxy.domain.accounting import Attempt
from banyan.proxy.domain.usage import UsageSum

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class UsageLine(BaseModel):
    """`group` has the values of what was grouped by. The cost leaves out the `unpriced` attempts."""

    group: dict[str, str | None]
    attempts: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    cost_dollars: str = Field(description="Exact, as a decimal number; of the attempts whose price is known.")
    unpriced: int = Field(description="Attempts whose price nobody knows, and that the cost leaves out.")
    estimated: int = Field(description="Attempts whose tokens were counted here, because the provider did not say.")
    failed: int = Field(description="Attempts without a whole answer, unless the caller left before its end.")
    seconds: float


class AttemptBody(BaseModel):
    """One row of the ledger."""

    id: str
    at: datetime
    tenant: str
    user: str
    key: str | None
    course: str | None
    task: str
    kind: str
    deployment: str
    provider: str
    model: str
    status: str
    stream: bool
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    estimated: bool
    cost_dollars: str | None = Field(description="None where no price is known.")
    price_version: str
    reported_dollars: str | None = Field(description="What the provider said that it charged.")
    seconds: float
    first_token_seconds: float | None
    cache: str
    reason: str
    error: str
    request_id: str


def _money(cost: Money) -> str:
    return f"{dollars(cost):f}"


FIGURES = [name for name in UsageLine.model_fields if name != "group"]


def figures(one: UsageSum) -> dict[str, Any]:
    """Everything but the group, in the order of `FIGURES`."""
    return {
        "attempts": one.attempts,
        "input_tokens": one.input_tokens,
        "output_tokens": one.output_tokens,
        "cached_tokens": one.cached_tokens,
        "cache_write_tokens": one.cache_write_tokens,
        "cost_dollars": _money(one.cost),
        "unpriced": one.unpriced,
        "estimated": one.estimated,
        "failed": one.failed,
        "seconds": one.seconds,
    }


def usage_line(groups: Sequence[str], one: UsageSum) -> dict[str, Any]:
    """As `UsageLine`."""
    return {"group": dict(zip(groups, one.group, strict=True)), **figures(one)}


def attempt_fields(one: Attempt) -> Mapping[str, Any]:
    """As `AttemptBody`."""
    caller, tokens = one.caller, one.tokens
    return {
        "id": one.id,
        "at": datetime.fromtimestamp(one.at, UTC).isoformat(),
        "tenant": caller.tenant,
        "user": caller.user,
        "key": caller.key,
        "course": caller.course,
        "task": caller.task,
        "kind": one.kind,
        "deployment": one.deployment,
        "provider": one.provider,
        "model": one.model,
        "status": one.status.value,
        "stream": one.stream,
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cached_tokens": tokens.cached_input,
        "cache_write_tokens": tokens.cache_write,
        "estimated": tokens.estimated,
        "cost_dollars": None if one.cost is None else _money(one.cost),
        "price_version": one.price_version,
        "reported_dollars": None if one.reported is None else _money(one.reported),
        "seconds": one.seconds,
        "first_token_seconds": one.first_token,
        "cache": one.cache,
        "reason": one.reason,
        "error": one.error,
        "request_id": caller.request_id,
    }


def csv_text(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
