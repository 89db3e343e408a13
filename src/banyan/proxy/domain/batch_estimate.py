"""What a batch may cost, before it runs."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from banyan.kernel.errors import InvalidInput
from banyan.kernel.money import Money, dollars
from banyan.proxy.domain.deployments import Capabilities
from banyan.proxy.domain.estimates import most_input, most_output, probable
from banyan.proxy.domain.pricing import Price, Tokens


@dataclass(frozen=True, slots=True)
class Offer:
    """One deployment that may answer. price: None where nobody knows it."""

    price: Price | None
    capabilities: Capabilities


Offers = Callable[[str, str], Sequence[Offer]]
"""From an endpoint and a model as the line names it to whoever may answer; empty where nobody can."""


@dataclass
class Estimate:
    """Adds up lines. The least is the probable input and no output, at the cheapest deployment that may answer; the
    most is every byte a token and the longest output, at the dearest."""

    endpoint: str
    offers: Offers
    lines: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    least: int = 0
    most: int = 0
    unpriced_lines: int = 0
    grounded: bool = False
    unpriced: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known: dict[str, Sequence[Offer]] = {}

    @property
    def models(self) -> Collection[str]:
        """That the lines name; "" for those that name none."""
        return self._known.keys()

    def look_up(self, model: str) -> Sequence[Offer]:
        """Who may answer it; asked once."""
        if model not in self._known:
            self._known[model] = self.offers(self.endpoint, model)
        return self._known[model]

    def add(self, model: str, body: bytes) -> None:
        """One line. The lookup of a model that is not known yet wants the event loop; everything else does not."""
        offers = self.look_up(model)
        self.grounded = self.grounded or b'"course"' in body
        writes = self.endpoint in ("/v1/chat/completions", "/v1/responses")
        outputs = [_most_output(body, offer.capabilities) if writes else 0 for offer in offers]
        reads = probable(len(body))
        self.lines += 1
        self.input_tokens += reads
        self.output_tokens += max(outputs, default=0)
        prices = [offer.price for offer in offers]
        if not offers or any(price is None for price in prices):
            self.unpriced_lines += 1
            self.unpriced.add(model)
        known = [(price, output) for price, output in zip(prices, outputs, strict=True) if price is not None]
        if known:
            self.least += min(price.of(Tokens(reads)) for price, _ in known)
            self.most += max(price.most(most_input(body), output) for price, output in known)

    def fields(self, *, at_provider: bool = False) -> dict[str, Any]:
        """As callers see it. complete: whether every line has a price.

        at_provider: whether a provider's batch API is asked first, at half the price. The most stays what it is: lines
        that are left over there are asked here.
        """
        least = -(-self.least // 2) if at_provider else self.least
        return {
            "currency": "USD",
            "least": f"{dollars(Money(least)):f}",
            "most": f"{dollars(Money(self.most)):f}",
            "complete": not self.unpriced_lines,
            "unpriced_lines": self.unpriced_lines,
            "unpriced_models": sorted(self.unpriced)[:20],
            "lines": self.lines,
            "input_tokens": self.input_tokens,
            "most_output_tokens": self.output_tokens,
        }


def _most_output(body: bytes, capabilities: Capabilities) -> int:
    """Where the bounds are none, that of the model; whoever runs the line says what is wrong with it."""
    try:
        return most_output(body, capabilities).tokens
    except InvalidInput:
        return most_output(b"{}", capabilities).tokens
