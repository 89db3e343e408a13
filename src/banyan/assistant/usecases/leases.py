"""Keeps the claims of running turns alive for as long as their process is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog

from banyan.assistant.domain.sessions import Turn
from banyan.assistant.ports.store import ConversationStore
from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError

_log = structlog.get_logger(__name__)


class Leases:
    """The turns that this process is answering. After a kill nobody renews them, and a retry may take them over."""

    def __init__(self, store: ConversationStore, clock: Clock, lease: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._held: dict[str, Turn] = {}
        self._keeper: asyncio.Task[None] | None = None

    @contextmanager
    def hold(self, turn: Turn) -> Iterator[None]:
        """Renews the turn's claim, if it has one, and its place among those that count, until the block is left."""
        attempt = turn.question.id if turn.claim is None else turn.claim.attempt
        self._held[attempt] = turn
        try:
            yield
        finally:
            del self._held[attempt]

    def start(self) -> None:
        """Begins to renew; needs a running loop."""
        self._keeper = asyncio.create_task(self._keep(), name="renew leases of turns")

    async def stop(self) -> None:
        """Ends it."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _keep(self) -> None:
        while True:
            # Three chances within a lease, so that one slow write does not cost a turn.
            await asyncio.sleep(self._lease.total_seconds() / 3)
            if self._held:
                try:
                    await self._store.renew(list(self._held.values()), self._clock.now() + self._lease)
                except BanyanError as error:
                    _log.warning("leases of running turns were not renewed", error=error.message)
