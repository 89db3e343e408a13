"""Which price holds for a deployment, and which prices and models an operator should look at."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from time import monotonic

from banyan.adapters.prices.listed import is_deprecated, listed_price
from banyan.adapters.prices.retirements import RETIREMENTS
from banyan.kernel.clock import Clock, SystemClock
from banyan.kernel.money import NOTHING, dollars
from banyan.proxy.domain.alarms import Alarm, AlarmKind, retirement_alarm
from banyan.proxy.domain.deployments import LOCAL, Deployment
from banyan.proxy.domain.model_name import public_name
from banyan.proxy.domain.pricing import Price

FREE = Price(NOTHING, NOTHING, LOCAL)
_KEPT_SECONDS = 900.0
"""Some providers are cheaper at night, so a price is looked up anew now and then."""
_MOST_KEPT = 5000
_UNVERSIONED = "own"


@dataclass
class PriceBook:
    """Implements `Prices`.

    own: the operator's prices, by the name of a deployment or by `provider/model`; version is set here.
    table: what is asked next, by `provider/model`, such as one of `TABLES`.
    free: providers that cost nothing. base_urls: of providers whose server is not the one their name says.
    drift: by what part the list may differ from the operator's price before that is an alarm.
    """

    own: Mapping[str, Price] = field(default_factory=dict)
    table: Mapping[str, Price] = field(default_factory=dict)
    free: Collection[str] = frozenset()
    base_urls: Mapping[str, str] = field(default_factory=dict)
    drift: float = 0.05
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self._own = {name: replace(price, version=own_version(price)) for name, price in self.own.items()}
        self._known: dict[str, tuple[Deployment, float, Price | None]] = {}

    def of(self, deployment: Deployment) -> Price | None:
        """The deployment's own, the operator's, nothing at home, the table's, the list's."""
        known = self._known.get(deployment.name)
        if known is not None and known[0] is deployment and known[1] > monotonic():
            return known[2]
        price = self._find(deployment)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()  # names are made up by callers
        self._known[deployment.name] = (deployment, monotonic() + _KEPT_SECONDS, price)
        return price

    def alarms(self, deployments: Iterable[Deployment]) -> Iterator[Alarm]:
        """What is the matter with them, in their order."""
        for deployment in deployments:
            if self._find(deployment) is not FREE:  # at home, prices are made and models are kept by oneself
                yield from self._price_alarms(deployment)
                yield from self._model_alarms(deployment)

    def _find(self, deployment: Deployment) -> Price | None:
        own = self._operators(deployment)
        if own is not None:
            return own
        if deployment.zone == LOCAL or deployment.provider in self.free:
            return FREE
        name = public_name(deployment.provider, deployment.model)
        return self.table.get(name) or self._listed(deployment)

    def _operators(self, deployment: Deployment) -> Price | None:
        own = deployment.price
        if own is not None:
            return replace(own, version=own_version(own)) if own.version == _UNVERSIONED else own
        name = public_name(deployment.provider, deployment.model)
        return self._own.get(deployment.name) or self._own.get(name)

    def _listed(self, deployment: Deployment) -> Price | None:
        return listed_price(deployment.provider, deployment.model, self.clock.now(), self._base_url(deployment))

    def _base_url(self, deployment: Deployment) -> str:
        return deployment.settings.get("base_url") or self.base_urls.get(deployment.provider, "")

    def _price_alarms(self, deployment: Deployment) -> Iterator[Alarm]:
        if self._find(deployment) is None:
            words = (
                f"Nobody knows what {deployment.name} costs, so its calls stand in the ledger without a cost; "
                f"set its price in banyan.toml under [prices.{deployment.name!r}]."
            )
            yield Alarm(AlarmKind.UNPRICED, deployment.name, words)
        own, listed = self._operators(deployment), self._listed(deployment)
        if own is not None and listed is not None and own.differs(listed) > self.drift:
            words = (
                f"{deployment.name} is charged {_words(own)}, but the price list says {_words(listed)}; "
                "correct the price that is set, or remove it."
            )
            yield Alarm(AlarmKind.PRICE_DRIFT, deployment.name, words, listed.version)

    def _model_alarms(self, deployment: Deployment) -> Iterator[Alarm]:
        end = RETIREMENTS.get((deployment.provider, deployment.model))
        alarm = end and retirement_alarm(deployment.name, end, self.clock.now().astimezone(UTC).date())
        if alarm:
            yield alarm
        elif is_deprecated(deployment.provider, deployment.model, self._base_url(deployment)):
            words = f"{deployment.model} is deprecated by its provider; choose another model for {deployment.name}."
            yield Alarm(AlarmKind.DEPRECATED, deployment.name, words)


def own_version(price: Price) -> str:
    """A version that changes with the figures."""
    digest = hashlib.blake2b(repr(replace(price, version="")).encode(), digest_size=4).hexdigest()
    return f"own {digest}"


def _words(price: Price) -> str:
    return f"${dollars(price.input):f} in and ${dollars(price.output):f} out for a million tokens"
