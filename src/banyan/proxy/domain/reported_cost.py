"""What a provider says that it charged for an answer, as its `usage` has it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import Money, money

REPORTED = "reported"
"""The price version of a cost that is the provider's own figure."""
_anything = msgspec.json.Decoder()


def reported_cost(cost: bytes, details: bytes, *, own_key: bool) -> Money | None:
    """Dollars as a number, or as the `total_cost` of an object; None for anything else.

    details: OpenRouter's `cost_details`. own_key: the model was reached with a key of one's own, so that `cost` is
    the fee alone, and what the model's maker charges stands in the details.
    Source: https://openrouter.ai/docs/use-cases/usage-accounting, https://docs.perplexity.ai/api-reference
    """
    told = _decoded(cost)
    if isinstance(told, Mapping):
        told = told.get("total_cost")
    fee = _dollars(told)
    if fee is None or not own_key:
        return fee
    more = _decoded(details)
    beside = _dollars(more.get("upstream_inference_cost")) if isinstance(more, Mapping) else None
    return fee if beside is None else Money(fee + beside)


def _decoded(raw: bytes) -> Any:
    try:
        return _anything.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _dollars(value: object) -> Money | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return money(Decimal(str(value)) if not isinstance(value, str) else value)
    except InvalidInput:
        return None
