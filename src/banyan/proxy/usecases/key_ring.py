"""Every key in memory: finding one needs no database, neither does knowing that there is none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from banyan.kernel.clock import Clock
from banyan.kernel.errors import BanyanError, NotAuthenticated
from banyan.kernel.identity import Grant, Identity
from banyan.proxy.domain.accounting import Caller
from banyan.proxy.domain.keys import Limits, StoredKey, VirtualKey, hash_of
from banyan.proxy.domain.rate_limit import Subject
from banyan.proxy.ports.keys import KeyStore

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often a change by another process is looked for; it is in force within this and the time of one query."""
_NOTE_SECONDS = 30
_MOST_KNOWN = 10_000
"""How often the times of last use are written."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A way in. until: when this secret stops working, in seconds since 1970. key: None for one of the settings."""

    identity: Identity
    until: float | None = None
    key: VirtualKey | None = None


class KeyRing:
    """The keys in force. fixed: secrets that no table holds, such as the setting's, and who comes with each."""

    def __init__(self, store: KeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._fixed: dict[str, _Entry] = {}
        self._entries: dict[str, _Entry] = {}
        self._keys: dict[tuple[str, str], VirtualKey] = {}
        self._by_id: dict[str, VirtualKey] = {}
        self._rules: dict[tuple[str, str, str], Limits] = {}
        self._limited = False
        self._seen: dict[str, _Entry] = {}  # good secrets only, so that strangers cannot fill it
        self._subjects: dict[tuple[str, str, str | None], list[Subject]] = {}
        self._change = -1
        self._used: dict[tuple[str, str], datetime] = {}
        self._closed_by_setting = False
        self.fault = ""

    def admit(self, secret: str, identity: Identity, *, closes: bool) -> None:
        """A secret that no table holds. closes: whether the service is no longer open to everybody, because of it."""
        self._fixed[hash_of(secret)] = _Entry(identity)
        self._closed_by_setting = self._closed_by_setting or closes

    @property
    def is_open(self) -> bool:
        """Whether no key was ever made: then nobody needs one. Revoking the last key does not open the service."""
        return not self._keys and not self._closed_by_setting

    def find(self, secret: str) -> Identity:
        """Who comes with the secret; microseconds. Raises: NotAuthenticated."""
        entry = self._seen.get(secret)
        if entry is None:
            hashed = hash_of(secret)
            entry = self._entries.get(hashed) or self._fixed.get(hashed)
            if entry is None:
                raise NotAuthenticated("This key is not known; check it, or ask for a new one.", code="invalid_api_key")
            self._seen[secret] = entry
        if entry.key is None:
            return entry.identity
        now = self._clock.now()
        if entry.until is not None and entry.until <= now.timestamp():
            raise NotAuthenticated("This key has been rotated; use the new one.", code="key_rotated")
        self._check(entry.key, now)
        self._used[entry.key.tenant, entry.key.id] = now
        return entry.identity

    def grant_of(self, id: str) -> Grant:
        """What the key with the id allows, while it is in force. Raises: NotAuthenticated."""
        for entry in self._fixed.values():
            if entry.identity.grant is not None and entry.identity.grant.key == id:
                return entry.identity.grant
        key = self._by_id.get(id)
        if key is None:
            raise NotAuthenticated("The key behind this is gone; ask for a new one.", code="invalid_api_key")
        self._check(key, self._clock.now())
        grant = key.identity.grant
        assert grant is not None
        return grant

    def key(self, id: str) -> VirtualKey | None:
        """The key with the id, in force or not."""
        return self._by_id.get(id)

    def subjects(self, caller: Caller) -> list[Subject]:
        """Whose limits the caller's calls count against: of the key, the user and the tenant."""
        if not self._limited:
            return []
        known = (caller.tenant, caller.user, caller.key)
        found = self._subjects.get(known)
        if found is None:
            if len(self._subjects) >= _MOST_KNOWN:
                self._subjects.clear()
            found = self._subjects[known] = self._subjects_of(caller)
        return found

    def _subjects_of(self, caller: Caller) -> list[Subject]:
        tenant, user = caller.tenant, caller.user
        key = None if caller.key is None else self._by_id.get(caller.key)
        of_user = self._rules.get((tenant, "user", user)) or self._rules.get((tenant, "user", ""))
        found = (
            ("key", caller.key, None if key is None else key.limits),
            ("user", user, of_user if user else None),
            ("tenant", "", self._rules.get((tenant, "tenant", ""))),
        )
        return [
            Subject(f"{{{tenant}}}/{whom}/{name}", whom, limits)
            for whom, name, limits in found
            if limits is not None and limits.any
        ]

    def _check(self, key: VirtualKey, now: datetime) -> None:
        status = key.status(now)
        if status != "active":
            raise NotAuthenticated(f"This key is {status}; ask for a new one.", code=f"key_{status}")

    async def refresh(self) -> None:
        """Takes over what has changed. Raises: Unavailable."""
        change = await self._store.change()
        if change == self._change:
            return
        entries: dict[str, _Entry] = {}
        found = await self._store.all()
        for stored in found:
            entries.update(_entries(stored))
        self._entries = entries
        self._keys = {(stored.key.tenant, stored.key.id): stored.key for stored in found}
        self._by_id = {stored.key.id: stored.key for stored in found}
        self._rules = {(rule.tenant, rule.kind, rule.subject): rule.limits for rule in await self._store.rules()}
        self._limited = bool(self._rules) or any(stored.key.limits.any for stored in found)
        self._seen.clear()
        self._subjects.clear()
        self._change = change

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps itself current while the block runs. Raises: Unavailable when the keys cannot be read at all."""
        await self.refresh()
        task = asyncio.create_task(self._keep_current(), name="keep keys current")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._note()

    async def _keep_current(self) -> None:
        loop = asyncio.get_running_loop()
        noted = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.refresh()
                self.fault = ""
            except BanyanError as error:
                if not self.fault:
                    log.warning("keys-not-read", error=error.message)
                self.fault = f"Keys are those of a moment ago: {error.message}"
            if loop.time() - noted > _NOTE_SECONDS:
                noted = loop.time()
                await self._note()

    async def _note(self) -> None:
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._store.used(used)
        except BanyanError as error:
            self._used = used | self._used
            log.warning("last-use-not-written", error=error.message)


def _entries(stored: StoredKey) -> dict[str, _Entry]:
    identity = stored.key.identity
    found = {stored.hash: _Entry(identity, None, stored.key)}
    if stored.old_hash is not None and stored.key.old_until is not None:
        found[stored.old_hash] = _Entry(identity, stored.key.old_until.timestamp(), stored.key)
    return found
