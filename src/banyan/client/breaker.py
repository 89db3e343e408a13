"""Stops calling a service that fails, and tries it again one call at a time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from banyan.client.errors import BanyanError, BreakerOpen

_LAST_4XX = 499


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """Opens after `failures` within `window` seconds that are also the share `rate` of the calls; lets one call through
    after `pause` seconds.
    """

    failures: int = 5
    rate: float = 0.5
    window: float = 60
    pause: float = 30


class Breaker:
    """For one service; may be used from several threads. A refusal of the request (4xx) is no failure."""

    def __init__(self, options: BreakerOptions, now: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._now = now
        self._lock = threading.Lock()
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened: float | None = None
        self._trying = False

    def admit(self) -> None:
        """Raises: BreakerOpen."""
        with self._lock:
            if self._opened is None:
                return
            wait = self._opened + self._options.pause - self._now()
            if wait > 0 or self._trying:
                raise BreakerOpen(
                    "The service has failed too often of late; it is tried again shortly.",
                    code="breaker_open",
                    retry_after=max(0.0, wait),
                )
            self._trying = True

    def went(self, error: BaseException | None) -> None:
        """How an admitted call went. What is no BanyanError, such as a cancellation, says nothing about the service."""
        with self._lock:
            trial, self._trying = self._trying, False
            if error is not None and not isinstance(error, BanyanError):
                return
            failed = isinstance(error, BanyanError) and (error.status is None or error.status > _LAST_4XX)
            if self._opened is not None:
                if trial:
                    self._opened = self._now() if failed else None
                return
            self._count(failed)

    def _count(self, failed: bool) -> None:
        now = self._now()
        self._calls.append((now, failed))
        self._failures += failed
        while self._calls[0][0] <= now - self._options.window:
            self._failures -= self._calls.popleft()[1]
        enough = self._failures >= max(self._options.failures, self._options.rate * len(self._calls))
        if failed and enough:
            self._opened = now
            self._calls.clear()
            self._failures = 0
