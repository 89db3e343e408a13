"""The port to the usage ledger."""

from typing import Protocol

from banyan.proxy.domain.accounting import Attempt


class Ledger(Protocol):
    """Keeps one row per attempt, off the hot path: both calls only append to a spool on this machine.

    What `finish` was told survives kill -9 and is counted once, whatever happens between spool and database.
    """

    def begin(self, attempt: Attempt) -> None:
        """The try starts: should the process die before `finish`, the row is kept as `lost` at what is reserved.

        Never raises: a full disk is loud in metrics and readiness, and calls go on.
        """
        ...

    def finish(self, attempt: Attempt) -> None:
        """The try has ended; the same id as in `begin`. Never raises."""
        ...
