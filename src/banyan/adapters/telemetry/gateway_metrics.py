"""Figures of the gateway for Prometheus. Counting is a look-up and an addition; the rest is done at scrape."""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from banyan.kernel.money import Money, dollars
from banyan.proxy.domain.accounting import Attempt, Status

OTHER = "other"
_STATES = {"closed": 0, "half_open": 1, "open": 2}
_FIRST_TOKEN = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60)
"""Seconds. Beyond ten a deployment is usually left for the next."""
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


class Capped:
    """The values of one label: the first so many keep their name, the rest share `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, str] = {}

    def __call__(self, value: str) -> str:
        """The label for a value."""
        found = self._known.get(value)
        if found is None:
            if len(self._known) >= self._most:
                return OTHER
            found = self._known[value] = value
        return found


class _Buckets:
    """A histogram: one count a bucket, and the sum."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def add_to(self, family: HistogramMetricFamily, labels: list[str]) -> None:
        total, buckets = 0, []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric(labels, buckets, self._sum)


class _Sums:
    """What the attempts of one deployment, status and reason add up to."""

    __slots__ = ("count", "input", "nanos", "output", "unpriced")

    def __init__(self) -> None:
        self.count = self.nanos = self.unpriced = self.input = self.output = 0


class GatewayMetrics:
    """Implements `Telemetry` with figures.

    gauges: more to show, by name: what it means, and how to read it at scrape; a counter's name ends in `_total`.
    tenants, deployments, reasons: how many values of a label keep their own name.
    """

    def __init__(
        self,
        gauges: Mapping[str, tuple[str, Callable[[], float]]] | None = None,
        *,
        tenants: int = 100,
        deployments: int = 200,
        reasons: int = 300,
    ) -> None:
        self._gauges = dict(gauges or {})
        self._tenant, self._deployment, self._reason = Capped(tenants), Capped(deployments), Capped(reasons)
        self._attempts: dict[tuple[str, str, str], _Sums] = {}
        self._first_token: dict[str, _Buckets] = {}
        self._breakers: dict[str, str] = {}
        self._in_flight: Tally[str] = Tally()
        self._cache: Tally[tuple[str, ...]] = Tally()
        self._refused: Tally[tuple[str, ...]] = Tally()
        self._charged: Tally[tuple[str, ...]] = Tally()
        self._alarms: Mapping[str, int] = {}
        self._batches = _Buckets(_BATCHES)
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def attempt_finished(self, attempt: Attempt) -> None:
        """Counts it, its tokens and its cost."""
        key = (attempt.deployment, attempt.status, attempt.reason)
        sums = self._attempts.get(key)
        if sums is None:
            labels = (self._deployment(attempt.deployment), attempt.status.value, self._reason(attempt.reason))
            sums = self._attempts.setdefault(labels, _Sums())
            if key[0] == labels[0] and key[2] == labels[2]:
                self._attempts[key] = sums
        sums.count += 1
        tokens = attempt.tokens
        sums.input += tokens.input
        sums.output += tokens.output
        if attempt.cost is not None:
            sums.nanos += attempt.cost
        elif attempt.status is not Status.FAILED and attempt.status is not Status.CACHED:
            sums.unpriced += 1
        if attempt.reported is not None and attempt.listed is not None:
            name = self._deployment(attempt.deployment)
            self._charged[name, "provider"] += attempt.reported
            self._charged[name, "price"] += attempt.listed
        if attempt.first_token is not None:
            name = self._deployment(attempt.deployment)
            buckets = self._first_token.get(name)
            if buckets is None:
                buckets = self._first_token[name] = _Buckets(_FIRST_TOKEN)
            buckets.observe(attempt.first_token)

    def breaker_changed(self, deployment: str, state: str) -> None:
        """Keeps the newest."""
        self._breakers[self._deployment(deployment)] = state

    def in_flight(self, deployment: str, delta: int) -> None:
        """Adds it."""
        self._in_flight[self._deployment(deployment)] += delta

    def cache(self, result: str, task: str) -> None:
        """Counts it."""
        self._cache[result, self._reason(task)] += 1

    def refused(self, kind: str, tenant: str) -> None:
        """Counts it."""
        self._refused[kind, self._tenant(tenant)] += 1

    def embedded(self, texts: int) -> None:
        """Counts one batch of so many texts."""
        self._batches.observe(texts)

    def set_alarms(self, by_kind: Mapping[str, int]) -> None:
        """How many there are of each kind now."""
        self._alarms = dict(by_kind)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing before it is collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        yield from self._of_attempts()
        seconds = HistogramMetricFamily(
            "banyan_first_token_seconds", "Seconds until the first piece of an answer.", labels=["deployment"]
        )
        for name, buckets in self._first_token.items():
            buckets.add_to(seconds, [name])
        yield seconds
        batches = HistogramMetricFamily("ai_embedding_batch_size", "Texts that were embedded together.", labels=[])
        self._batches.add_to(batches, [])
        yield batches
        yield _counted("banyan_cache", "Looks into the answer cache.", ("result", "task"), self._cache)
        yield _counted("banyan_refused", "Calls that were not let in.", ("kind", "tenant"), self._refused)
        flying = GaugeMetricFamily("banyan_in_flight", "Tries under way.", labels=["deployment"])
        for name, count in self._in_flight.items():
            flying.add_metric([name], count)
        yield flying
        breakers = GaugeMetricFamily("banyan_breaker_state", "0 closed, 1 half open, 2 open.", labels=["deployment"])
        for name, state in self._breakers.items():
            breakers.add_metric([name], _STATES.get(state, 2))
        yield breakers
        alarms = GaugeMetricFamily("banyan_alarms", "What an operator should look at, by kind.", labels=["kind"])
        for kind, count in self._alarms.items():
            alarms.add_metric([kind], count)
        yield alarms
        for name, (meaning, read) in self._gauges.items():
            if name.endswith("_total"):
                yield CounterMetricFamily(name.removesuffix("_total"), meaning, value=read())
            else:
                yield GaugeMetricFamily(name, meaning, value=read())

    def _of_attempts(self) -> Iterator[Metric]:
        labels = ("deployment", "status", "reason")
        attempts = CounterMetricFamily("banyan_attempts", "Tries of deployments, by how they ended.", labels=labels)
        spent: Tally[tuple[str, ...]] = Tally()
        unpriced: Tally[tuple[str, ...]] = Tally()
        tokens: Tally[tuple[str, ...]] = Tally()
        for key, sums in self._attempts.items():
            attempts.add_metric([str(part) for part in key], sums.count)
            spent[key[:1]] += sums.nanos
            unpriced[key[:1]] += sums.unpriced
            tokens[key[0], "input"] += sums.input
            tokens[key[0], "output"] += sums.output
        yield attempts
        money = CounterMetricFamily("banyan_spend_dollars", "What answers cost.", labels=["deployment"])
        for name, nanos in spent.items():
            money.add_metric(list(name), float(dollars(Money(nanos))))
        yield money
        words = "Of answers whose provider says what it charged: by its word, and by our price."
        charged = CounterMetricFamily("banyan_charged_dollars", words, labels=["deployment", "by"])
        for values, nanos in self._charged.items():
            charged.add_metric(list(values), float(dollars(Money(nanos))))
        yield charged
        words = "Answers whose price nobody knows; look into banyan doctor."
        yield _counted("banyan_unpriced_attempts", words, ("deployment",), unpriced)
        yield _counted("banyan_tokens", "Tokens read and written.", ("deployment", "direction"), tokens)


def _counted(
    name: str, meaning: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, count in counts.items():
        family.add_metric(list(values), count)
    return family
