"""What tokens cost."""

from dataclasses import dataclass

from msgspec import Struct

from banyan.kernel.money import NOTHING, Money

_MILLION = 1_000_000


class Tokens(Struct, frozen=True):
    """Tokens of one attempt.

    cached_input: the part of input that was read from the provider's cache. cache_write: that was written to it.
    estimated: counted by us, because the provider did not say.
    """

    input: int = 0
    output: int = 0
    cached_input: int = 0
    cache_write: int = 0
    estimated: bool = False


NO_TOKENS = Tokens()
_MOST_TOKENS = 10**9
"""Of one call; a hundred times what the largest model takes."""


def counted(input: int, output: int, cached_input: int = 0, cache_write: int = 0) -> Tokens | None:
    """What a provider says that it counted; None where that cannot be, as for numbers below 0, or nothing at all.

    Parts of the input that are larger than the whole are cut.
    """
    if not all(0 <= number <= _MOST_TOKENS for number in (input, output, cached_input, cache_write)):
        return None
    if not (input or output):
        return None
    cached_input = min(cached_input, input)
    return Tokens(input, output, cached_input, min(cache_write, input - cached_input))


@dataclass(frozen=True, slots=True)
class Tier:
    """What every token of a call costs whose prompt has more than `above` tokens; the rest as in `Price`."""

    above: int
    input: Money
    output: Money
    cached_input: Money | None = None
    cache_write: Money | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-dollars for a million tokens, and for a call. cached_input, cache_write: None costs as much as input.

    version: which price list said so, for the ledger; never empty.
    tiers: for long prompts, the shortest first; the last one that a prompt is above counts for all of its tokens.
    """

    input: Money
    output: Money
    version: str
    cached_input: Money | None = None
    cache_write: Money | None = None
    per_call: Money = NOTHING
    tiers: tuple[Tier, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether no call costs anything."""
        return not (self.input or self.output or self.cached_input or self.cache_write or self.per_call or self.tiers)

    def of(self, tokens: Tokens) -> Money:
        """The cost; parts of a nano-dollar round up."""
        rate: Price | Tier = self
        for tier in self.tiers:
            if tokens.input > tier.above:
                rate = tier
        fresh = tokens.input - tokens.cached_input - tokens.cache_write
        cached = rate.input if rate.cached_input is None else rate.cached_input
        write = rate.input if rate.cache_write is None else rate.cache_write
        millionths = (
            max(0, fresh) * rate.input
            + tokens.cached_input * cached
            + tokens.cache_write * write
            + tokens.output * rate.output
        )
        return Money(-(-millionths // _MILLION) + self.per_call)

    def most(self, input: int, output: int) -> Money:
        """What no call with at most so many tokens costs more than, whatever the provider's cache makes of them."""
        dearest_input = dearest_output = 0
        rates: list[Price | Tier] = [self, *(tier for tier in self.tiers if input > tier.above)]
        for rate in rates:
            dearest_input = max(dearest_input, rate.input, rate.cached_input or 0, rate.cache_write or 0)
            dearest_output = max(dearest_output, rate.output)
        return Money(-(-(input * dearest_input + output * dearest_output) // _MILLION) + self.per_call)

    def differs(self, other: "Price") -> float:
        """By what part the dearer of two prices is above the cheaper, the worst of input and output; 0 where equal."""
        return max(_apart(self.input, other.input), _apart(self.output, other.output))


def _apart(one: Money, two: Money) -> float:
    low, high = sorted((one, two))
    return 0.0 if low == high else (high - low) / low if low else float("inf")
