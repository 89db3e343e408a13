"""Wires the person's data: export, erasure and retention."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from banyan.adapters.gateways.persons import HttpPersons
from banyan.adapters.storage.engine import Database
from banyan.adapters.storage.persons import SqlPersons, SqlRetention
from banyan.app.settings import Settings
from banyan.assistant.ports.policies import Policies
from banyan.kernel.clock import Clock, SystemClock

_CLOCK = SystemClock()
_RUNS, _KEYS = timedelta(days=90), timedelta(days=7)

Settle = Callable[[], Awaitable[None]]
Erase = Callable[[str, str, str], Awaitable[Mapping[str, int]]]
"""A tenant, a person and the pseudonym to counts by place."""


class PersonJobs:
    """The tool of `erase_person`. settles: each brings what a spool or memory holds into the tables.

    places: what holds anything outside of the tables. elsewhere: the proxy, where it is another process.
    """

    def __init__(
        self,
        database: Database,
        settles: Sequence[Settle],
        clock: Clock = _CLOCK,
        pause: float = 3,
        *,
        places: Sequence[Erase] = (),
        elsewhere: HttpPersons | None = None,
    ) -> None:
        self._tables = SqlPersons(database)
        self._settles = settles
        self._clock = clock
        self._places = places if elsewhere is None else (*places, elsewhere.erase)
        self._elsewhere = elsewhere
        self.pause = pause
        self.steps = self._tables.steps + len(self._places)

    async def settle(self) -> None:
        """As the kind says."""
        for settle in self._settles:
            await settle()

    async def erase(self, tenant: str, user: str, pseudonym: str, step: int) -> Mapping[str, int]:
        """As the kind says: tables first."""
        if step < self._tables.steps:
            return await self._tables.erase(tenant, user, pseudonym, step)
        return await self._places[step - self._tables.steps](tenant, user, pseudonym)

    async def erase_now(self, tenant: str, user: str, pseudonym: str) -> Mapping[str, int]:
        """All steps, once; may be repeated with the same pseudonym."""
        await self.settle()
        counts: dict[str, int] = {}
        for step in range(self.steps):
            for place, count in (await self.erase(tenant, user, pseudonym, step)).items():
                counts[place] = counts.get(place, 0) + count
        return counts

    async def rows(self, tenant: str, user: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Names of tables, and rows of them that are about the person; each once, also where the proxy has it too.

        The proxy's come first, so that it is known at once when it cannot be asked.
        """
        seen = set[bytes]()
        if self._elsewhere is not None:
            async for table, row in self._elsewhere.rows(tenant, user):
                seen.add(_mark(table, row))
                yield table, row
        async for table, row in self._tables.rows(tenant, user):
            if not seen or _mark(table, row) not in seen:
                yield table, row

    def now(self) -> datetime:
        """As the kind says."""
        return self._clock.now()


def _mark(table: str, row: Mapping[str, Any]) -> bytes:
    """Of a row as JSON has it."""
    plain = msgspec.to_builtins(row, str_keys=True)
    return blake2b(msgspec.json.encode([table, plain], order="deterministic"), digest_size=16).digest()


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
        return {"sessions": gone, **await self._retention.leftovers(log, now - _RUNS, now - _KEYS, now)}
