"""Time limits and tries, in seconds."""

import random
from dataclasses import dataclass

import httpx

from banyan.client.errors import BanyanError, NetworkError, StreamCut, TimedOut

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """connect: until there is a connection. first_byte: from there until the answer begins, which for a plain answer
    is all of the work. idle: between two pieces. None is no limit. `asyncio.timeout` limits the whole.
    """

    connect: float | None = 10
    first_byte: float | None = 60
    idle: float | None = 120

    def for_httpx(self) -> httpx.Timeout:
        """Until the answer begins."""
        return httpx.Timeout(self.first_byte, connect=self.connect, pool=self.connect)


@dataclass(frozen=True, slots=True)
class Retries:
    """count: tries after the first one. first: the wait before the second one, doubled for each after it, of which a
    random half is taken off. longest: a service that asks for more patience is not asked again.
    """

    count: int = 2
    first: float = 0.5
    longest: float = 20

    def wait(self, method: str, key: str | None, error: BanyanError, failed: int) -> float | None:
        """How long to wait before the next try, after so many have failed; None ends the call."""
        if failed > self.count or (method not in _REPEATABLE and key is None):
            return None
        if (error.retry_after or 0) > self.longest:
            return None
        if not isinstance(error, NetworkError | TimedOut | StreamCut) and error.status not in _BUSY:
            return None
        most = min(self.longest, self.first * 2.0 ** (failed - 1))
        return max(error.retry_after or 0.0, most * random.uniform(0.5, 1))


def translated(error: httpx.HTTPError, limits: Timeouts, *, began: bool, stream: bool = False) -> BanyanError:
    """What httpx says. began: whether the answer had begun. stream: whether events were being read."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TimedOut("connect", limits.connect or 0)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut("idle", limits.idle or 0) if began else TimedOut("first_byte", limits.first_byte or 0)
    if stream:
        return StreamCut("The connection was lost before the answer ended; ask again.", code="stream_cut")
    said = f" ({error})" if str(error) else ""
    return NetworkError(f"The service cannot be reached{said}; check that it runs, then try again.", code="network")
