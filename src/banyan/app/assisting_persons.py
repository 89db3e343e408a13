"""Wires the person's data: export, erasure and retention."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.persons import SqlPersons, SqlRetention
from banyan.app.settings import Settings
from banyan.assistant.ports.policies import Policies
from banyan.kernel.clock import Clock, SystemClock

_CLOCK = SystemClock()
_RUNS, _KEYS = timedelta(days=90), timedelta(days=7)

Settle = Callable[[], Awaitable[None]]


class PersonJobs(SqlPersons):
    """The tool of `erase_person`. settles: each brings what a spool or memory holds into the tables."""

    def __init__(self, database: Database, settles: Sequence[Settle], clock: Clock = _CLOCK, pause: float = 3) -> None:
        super().__init__(database)
        self._settles = settles
        self._clock = clock
        self.pause = pause

    async def settle(self) -> None:
        """As the kind says."""
        for settle in self._settles:
            await settle()

    def now(self) -> datetime:
        """As the kind says."""
        return self._clock.now()


class Broom:
    """The tool of `retention`."""

    def __init__(self, settings: Settings, database: Database, policies: Policies, clock: Clock = _CLOCK) -> None:
        self._log = timedelta(days=settings.turn_log_days)
        self._retention = SqlRetention(database)
        self._policies = policies
        self._clock = clock

    async def sweep(self) -> Mapping[str, int]:
        """As the kind says: conversations by each course's policy, leftovers by the settings."""
        now, gone = self._clock.now(), 0
        for tenant, course in await self._retention.courses():
            days = (await self._policies.effective(tenant, course)).policy.retention_days
            if days:
                gone += await self._retention.conversations(tenant, course, now - timedelta(days=days))
        log = now - self._log if self._log else None
        return {"sessions": gone, **await self._retention.leftovers(log, now - _RUNS, now - _KEYS)}
