"""A circuit breaker: leaves a deployment alone that keeps failing, and finds out with single probes when it is back."""

from collections import deque
from enum import StrEnum


class State(StrEnum):
    """closed: calls go through. open: none do. half_open: one probe is due or under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts outcomes; time is an argument, in seconds of any clock that only goes forward.

    It opens when of the last `watched` outcomes at least `failures` were failures and these were at least half of them.
    After `pause` seconds one probe is let through: its success closes the breaker, its failure opens it for another
    pause. A rest that the provider asked for itself (`Retry-After`) is kept apart: it counts as no failure.
    """

    def __init__(self, *, failures: int = 5, watched: int = 20, pause: float = 30) -> None:
        self._failures = failures
        self._pause = pause
        self._outcomes: deque[bool] = deque(maxlen=watched)
        self._opened_at: float | None = None
        self._probing = False
        self._rests_until = 0.0

    def state(self, now: float) -> State:
        """As of now."""
        if self._opened_at is None:
            return State.CLOSED
        return State.HALF_OPEN if self._probing or now >= self._opened_at + self._pause else State.OPEN

    def waits(self, now: float) -> float:
        """Seconds until a call may be let through; 0 where it may right now. Takes nothing."""
        if self._opened_at is None:
            return 0.0
        return self._pause if self._probing else max(0.0, self._opened_at + self._pause - now)

    def admits(self, now: float) -> bool:
        """Lets one call through, or not. Every call let through must end in `succeeded`, `failed` or `left`."""
        if self._opened_at is None:
            return True
        if self._probing or now < self._opened_at + self._pause:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The deployment answered, be it with a refusal of the caller's own mistake."""
        if self._opened_at is not None:
            self._opened_at, self._probing = None, False
            self._outcomes.clear()
        self._outcomes.append(True)

    def failed(self, now: float) -> None:
        """The deployment is to blame."""
        if self._opened_at is not None:
            if self._probing:
                self._opened_at, self._probing = now, False
            return  # a call from before it opened: known already
        self._outcomes.append(False)
        failures = self._outcomes.count(False)
        if failures >= self._failures and failures * 2 >= len(self._outcomes):
            self._opened_at = now
            self._outcomes.clear()

    def left(self) -> None:
        """The caller went away before anything was known; a probe may be made again."""
        self._probing = False

    def rest(self, until: float) -> None:
        """The deployment asked not to be called before then."""
        self._rests_until = max(self._rests_until, until)

    def rests(self, now: float) -> float:
        """Seconds that the deployment asked to be left alone for; 0 where it did not."""
        return max(0.0, self._rests_until - now)

    def close(self) -> None:
        """An operator says that all is well again."""
        self._opened_at, self._probing, self._rests_until = None, False, 0.0
        self._outcomes.clear()
