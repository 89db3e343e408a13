"""Whether the same deployment is asked once more, and when."""

from banyan.kernel.errors import BanyanError
from banyan.proxy.domain.failures import Failure

LONGEST_WAIT_SECONDS = 20.0
"""A learner rather hears the next deployment than waits longer for the first; the last one is waited for to the end."""
_FIRST_PAUSE_SECONDS = 0.2
_UNASKED_PAUSE_SECONDS = 0.5
_ONCE_MORE = frozenset({"stream_cut"})
_SERVER_ERRORS = range(500, 600)


def pause_before_retry(
    error: BanyanError, failure: Failure, *, tries: int, left: float, last: bool, chance: float
) -> float | None:
    """Seconds until the next try of the same deployment; None where there shall be none.

    A server's error or a reset is tried once more at once; too many requests are waited for as long as the provider
    says, where that fits. What did not even begin to answer is left.
    tries: made so far. left: seconds until the deadline. last: whether nobody else could be asked.
    chance: from 0 to 1, spreads those who wait for the same thing.
    """
    waits = error.retry_after
    most = left if last else min(left, LONGEST_WAIT_SECONDS)
    if waits is not None and (failure is Failure.RATE_LIMIT or failure is Failure.OUTAGE):
        wait = waits + 0.1 * chance * max(1.0, waits)
        return wait if wait < most and tries < 3 else None
    if tries > 1:
        return None
    if failure is Failure.RATE_LIMIT:
        wait = _UNASKED_PAUSE_SECONDS * (1 + chance)
    elif failure is Failure.OUTAGE and (error.code in _ONCE_MORE or getattr(error, "status", None) in _SERVER_ERRORS):
        wait = _FIRST_PAUSE_SECONDS * chance
    else:
        return None
    return wait if wait < left else None
