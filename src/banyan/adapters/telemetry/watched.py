"""A ledger whose rows are told to telemetry too, and several tellers as one."""

from collections.abc import Sequence

from banyan.proxy.domain.accounting import Attempt
from banyan.proxy.ports.ledger import Ledger
from banyan.proxy.ports.telemetry import Telemetry


class WatchedLedger:
    """Implements `Ledger` around another: whoever meters a call need not know of telemetry."""

    def __init__(self, ledger: Ledger, telemetry: Telemetry) -> None:
        self._ledger = ledger
        self._telemetry = telemetry

    def begin(self, attempt: Attempt) -> None:
        """One more under way."""
        self._ledger.begin(attempt)
        self._telemetry.in_flight(attempt.deployment, 1)

    def finish(self, attempt: Attempt) -> None:
        """The row first. An answer from the cache was never under way."""
        self._ledger.finish(attempt)
        if attempt.cache not in ("hit", "joined"):
            self._telemetry.in_flight(attempt.deployment, -1)
        self._telemetry.attempt_finished(attempt)


class AllOf:
    """Implements `Telemetry` by telling several."""

    def __init__(self, tellers: Sequence[Telemetry]) -> None:
        self._tellers = tuple(tellers)

    def attempt_finished(self, attempt: Attempt) -> None:
        """Tells all."""
        for one in self._tellers:
            one.attempt_finished(attempt)

    def breaker_changed(self, deployment: str, state: str) -> None:
        """Tells all."""
        for one in self._tellers:
            one.breaker_changed(deployment, state)

    def in_flight(self, deployment: str, delta: int) -> None:
        """Tells all."""
        for one in self._tellers:
            one.in_flight(deployment, delta)

    def cache(self, result: str, task: str) -> None:
        """Tells all."""
        for one in self._tellers:
            one.cache(result, task)

    def refused(self, kind: str, tenant: str) -> None:
        """Tells all."""
        for one in self._tellers:
            one.refused(kind, tenant)

    def embedded(self, texts: int) -> None:
        """Tells all."""
        for one in self._tellers:
            one.embedded(texts)
