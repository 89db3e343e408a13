"""What tokens cost."""

from dataclasses import dataclass

from banyan.kernel.money import NOTHING, Money

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
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


@dataclass(frozen=True, slots=True)
class Price:
    """Nano-dollars for a million tokens, and for a call. cached_input, cache_write: None costs as much as input.

    version: which price list said so, for the ledger; never empty.
    """

    input: Money
    output: Money
    version: str
    cached_input: Money | None = None
    cache_write: Money | None = None
    per_call: Money = NOTHING

    def of(self, tokens: Tokens) -> Money:
        """The cost; parts of a nano-dollar round up."""
        fresh = tokens.input - tokens.cached_input - tokens.cache_write
        cached = self.input if self.cached_input is None else self.cached_input
        write = self.input if self.cache_write is None else self.cache_write
        millionths = (
            max(0, fresh) * self.input
            + tokens.cached_input * cached
            + tokens.cache_write * write
            + tokens.output * self.output
        )
        return Money(-(-millionths // _MILLION) + self.per_call)
