"""Prices as an operator writes them into `banyan.toml`: dollars for a million tokens."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from banyan.kernel.money import Money, money
from banyan.proxy.domain.pricing import Price, Tier

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000)]


class TierSettings(BaseModel):
    """The prices of calls whose prompt has more than `above` tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    above: int = Field(gt=0)
    input: Dollars
    output: Dollars = Decimal(0)
    cached_input: Dollars | None = None
    cache_write: Dollars | None = None


class PriceSettings(BaseModel):
    """One model's or deployment's prices. per_call is in dollars for one call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Dollars
    output: Dollars = Decimal(0)
    cached_input: Dollars | None = None
    cache_write: Dollars | None = None
    per_call: Dollars = Decimal(0)
    tiers: list[TierSettings] = []

    def price(self) -> Price:
        """The same in our own words; the version is set by the price book."""
        tiers = tuple(
            Tier(one.above, money(one.input), money(one.output), _maybe(one.cached_input), _maybe(one.cache_write))
            for one in sorted(self.tiers, key=lambda tier: tier.above)
        )
        return Price(
            money(self.input),
            money(self.output),
            "own",
            _maybe(self.cached_input),
            _maybe(self.cache_write),
            money(self.per_call),
            tiers,
        )


def _maybe(amount: Decimal | None) -> Money | None:
    return None if amount is None else money(amount)
