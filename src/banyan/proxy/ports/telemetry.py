"""The port to whatever people on call look at: figures, and spans where they are configured."""

from typing import Protocol

from banyan.proxy.domain.accounting import Attempt


class Telemetry(Protocol):
    """Told of what happens as it happens. Every method costs about a microsecond, never waits and never raises.

    Called within the task of the call, so that spans find the call they belong to.
    """

    def attempt_finished(self, attempt: Attempt) -> None:
        """A try has ended, however it ended; the same row that goes to the ledger. Answers from the cache too."""
        ...

    def breaker_changed(self, deployment: str, state: str) -> None:
        """state: `closed`, `half_open` or `open`."""
        ...

    def in_flight(self, deployment: str, delta: int) -> None:
        """+1 when a try begins, -1 when it has ended."""
        ...

    def cache(self, result: str, task: str) -> None:
        """A look into the answer cache. result: `hit`, `semantic`, `miss`, `joined`, `skipped`, `unreachable`,
        or `exact_only` where questions could not be embedded.
        """
        ...

    def refused(self, kind: str, tenant: str) -> None:
        """A call that was not let in. kind: `budget`, `rate`, `tokens`, `parallel` or `zone`."""
        ...

    def embedded(self, texts: int) -> None:
        """One batch of so many texts was embedded together."""
        ...


class Unwatched:
    """Implements `Telemetry` where nobody looks."""

    def attempt_finished(self, attempt: Attempt) -> None:
        """Nothing."""

    def breaker_changed(self, deployment: str, state: str) -> None:
        """Nothing."""

    def in_flight(self, deployment: str, delta: int) -> None:
        """Nothing."""

    def cache(self, result: str, task: str) -> None:
        """Nothing."""

    def refused(self, kind: str, tenant: str) -> None:
        """Nothing."""

    def embedded(self, texts: int) -> None:
        """Nothing."""
