"""Money: whole nano-dollars, so that sums are exact in every store and no token is too cheap to count."""

from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import NewType

from banyan.kernel.errors import InvalidInput

Money = NewType("Money", int)
"""Billionths of a US dollar. 64 bits hold nine billion dollars."""

NOTHING = Money(0)
_NANOS = 1_000_000_000
_MOST = 2**62


def dollars(amount: Money) -> Decimal:
    """The amount in dollars, exactly."""
    return Decimal(amount).scaleb(-9)


def in_dollars(amount: Money) -> str:
    """The amount as headers say it, such as `0.000012500`."""
    return f"{amount // _NANOS}.{amount % _NANOS:09}"


def money(amount: Decimal | str | float) -> Money:
    """The amount in dollars as money; parts of a nano-dollar round up, so that nothing is ever given away.

    Raises: InvalidInput for what is no amount, is negative, or is beyond four billion.
    """
    try:
        nanos = (Decimal(str(amount)) * _NANOS).to_integral_value(ROUND_CEILING)
    except InvalidOperation as error:
        raise InvalidInput(f"{str(amount)[:50]!r} is no amount of dollars; write it like 12.50.") from error
    if not nanos.is_finite() or not 0 <= nanos <= _MOST:
        raise InvalidInput(f"{str(amount)[:50]!r} is no amount between 0 and 4 billion dollars; correct it.")
    return Money(int(nanos))
