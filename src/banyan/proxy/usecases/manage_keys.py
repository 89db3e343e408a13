"""Makes, changes, rotates and revokes virtual keys."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotAllowed, NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.ids import check_id, new_id
from banyan.proxy.domain.keys import (
    LONGEST_OVERLAP,
    SHOWN,
    KeyWish,
    LimitRule,
    StoredKey,
    VirtualKey,
    allowed_roles,
    checked,
    hash_of,
    new_secret,
)
from banyan.proxy.ports.keys import KeyStore


async def _nobody_to_tell() -> None:
    """Other processes look for changes themselves."""


class ManageKeys:
    """Everything happens within the tenant of whoever asks. changed: told after every change of this process."""

    def __init__(self, store: KeyStore, clock: Clock, changed: Callable[[], Awaitable[None]] = _nobody_to_tell) -> None:
        self._store = store
        self._clock = clock
        self._changed = changed

    def now(self) -> datetime:
        """The time by which keys expire."""
        return self._clock.now()

    async def list(self, tenant: str) -> Sequence[VirtualKey]:
        """Every key of the tenant, oldest first."""
        return [stored.key for stored in await self._store.all() if stored.key.tenant == tenant]

    async def get(self, tenant: str, id: str) -> VirtualKey:
        """One key. Raises: NotFound."""
        return (await self._stored(tenant, id)).key

    async def create(self, by: Identity, wish: KeyWish) -> tuple[VirtualKey, str]:
        """The key and its secret, which nobody can be shown again. Raises: InvalidInput, NotAllowed."""
        now = self._clock.now()
        wish = self._checked(by, wish)
        secret = new_secret()
        assert wish.scopes is not None
        key = VirtualKey(
            by.tenant,
            new_id("key"),
            wish.name,
            wish.user or wish.name,
            wish.roles,
            wish.scopes,
            secret[:SHOWN],
            now,
            by.user,
            wish.models,
            wish.courses,
            wish.all_tenants,
            wish.limits,
            wish.expires_at,
        )
        await self._put(StoredKey(key, hash_of(secret)))
        return key, secret

    async def update(self, by: Identity, id: str, change: Callable[[KeyWish], KeyWish]) -> VirtualKey:
        """change: from what the key is to what it is to be. Raises: NotFound, InvalidInput, NotAllowed."""
        stored = await self._active(by.tenant, id)
        key = stored.key
        names = ("name", "roles", "scopes", "user", "models", "courses", "all_tenants", "limits", "expires_at")
        wish = self._checked(by, change(KeyWish(**{name: getattr(key, name) for name in names})))
        key = replace(key, **{name: getattr(wish, name) for name in names})
        await self._put(replace(stored, key=key))
        return key

    async def rotate(self, tenant: str, id: str, overlap: timedelta) -> tuple[VirtualKey, str]:
        """The key and its new secret; the old one works for the overlap. Raises: NotFound, InvalidInput."""
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise InvalidInput(
                f"The overlap must be 0 to {LONGEST_OVERLAP.days * 24} hours; choose another.", param="overlap_hours"
            )
        stored = await self._active(tenant, id)
        now, secret = self._clock.now(), new_secret()
        key = replace(stored.key, shown=secret[:SHOWN], rotated_at=now, old_until=now + overlap if overlap else None)
        await self._put(StoredKey(key, hash_of(secret), stored.hash if overlap else None))
        return key, secret

    async def revoke(self, tenant: str, id: str) -> VirtualKey:
        """The key, which nobody comes in with any more. Raises: NotFound."""
        stored = await self._stored(tenant, id)
        if stored.key.revoked_at is None:
            stored = replace(stored, key=replace(stored.key, revoked_at=self._clock.now()))
            await self._put(stored)
        return stored.key

    async def rules(self, tenant: str) -> Sequence[LimitRule]:
        """Limits of the tenant and of its users."""
        return [rule for rule in await self._store.rules() if rule.tenant == tenant]

    async def put_rule(self, rule: LimitRule) -> None:
        """Adds or replaces it; one that limits nothing removes it. Raises: InvalidInput."""
        if rule.subject:
            check_id(rule.subject, "subject")
        await self._store.put_rule(rule)
        await self._changed()

    def _checked(self, by: Identity, wish: KeyWish) -> KeyWish:
        wish = checked(wish, self._clock.now())
        if not allowed_roles(by, wish.roles):
            raise NotAllowed("A key cannot have a role above your own; choose lower roles.", param="roles")
        if wish.all_tenants and by.grant is not None and not by.grant.all_tenants:
            raise NotAllowed("Only a key for all tenants can make another one; use `banyan keys`.", param="all_tenants")
        return wish

    async def _active(self, tenant: str, id: str) -> StoredKey:
        stored = await self._stored(tenant, id)
        if stored.key.revoked_at is not None:
            raise InvalidInput("This key is revoked and stays so; create another.", code="key_revoked", param="id")
        return stored

    async def _stored(self, tenant: str, id: str) -> StoredKey:
        stored = await self._store.get(tenant, id)
        if stored is None:
            raise NotFound("There is no such key; choose one from the list of keys.", code="unknown_key", param="id")
        return stored

    async def _put(self, stored: StoredKey) -> None:
        await self._store.put(stored)
        await self._changed()
