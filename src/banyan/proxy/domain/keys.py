"""Virtual keys: what one is, and what it may be.

A key is `bk_` and 256 bits of chance. What is stored is its SHA-256: chance of that size cannot be guessed or listed,
so a slow or keyed hash would protect nothing more, and a plain one costs a microsecond at every request.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from banyan.kernel.errors import InvalidInput, NotAllowed
from banyan.kernel.identity import SCOPES, Grant, Identity, Role
from banyan.kernel.ids import check_id, name_fault

PREFIX = "bk_"
SHOWN = 10
"""Characters of a key that are kept to recognise it by; the rest is chance enough."""
LONGEST_OVERLAP = timedelta(days=30)
MOST_NAMES = 1000
"""Models or courses that one key may list."""

_RANK = {Role.LEARNER: 0, Role.INSTRUCTOR: 1, Role.MODERATOR: 2, Role.SERVICE: 3, Role.ADMIN: 4}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key, a user or a tenant may do in a minute and at a time; None where nothing limits it."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    parallel: int | None = None

    @property
    def any(self) -> bool:
        """Whether anything is limited."""
        return not (self.requests_per_minute is None and self.tokens_per_minute is None and self.parallel is None)


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Limits of a tenant, or of a user; subject: the user, or "" for each of them and for the tenant itself."""

    tenant: str
    kind: Literal["user", "tenant"]
    subject: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class VirtualKey:
    """A key as it is listed; nobody can make the secret from it.

    user: the person that it stands for where a backend names nobody. scopes: of `SCOPES`. models, courses: None for
    all. all_tenants: a backend that shows it may name the tenant. shown: how the secret begins.
    old_until: until when the secret before the last rotation still works.
    """

    tenant: str
    id: str
    name: str
    user: str
    roles: frozenset[Role]
    scopes: frozenset[str]
    shown: str
    created_at: datetime
    created_by: str
    models: frozenset[str] | None = None
    courses: frozenset[str] | None = None
    all_tenants: bool = False
    limits: Limits = NO_LIMITS
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    rotated_at: datetime | None = None
    old_until: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def identity(self) -> Identity:
        """Who comes with this key, when nobody else is named."""
        grant = Grant(self.id, self.scopes, self.models, self.courses, self.all_tenants)
        return Identity(self.tenant, self.user, self.roles, grant)

    def status(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key and the hashes of its secrets. old_hash: of the secret before the last rotation."""

    key: VirtualKey
    hash: str
    old_hash: str | None = None


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What somebody wants a key to be. scopes: None for all that its roles can use. user: None for the name."""

    name: str
    roles: frozenset[Role] = frozenset({Role.SERVICE})
    scopes: frozenset[str] | None = None
    user: str | None = None
    models: frozenset[str] | None = None
    courses: frozenset[str] | None = None
    all_tenants: bool = False
    limits: Limits = field(default=NO_LIMITS)
    expires_at: datetime | None = None


def new_secret() -> str:
    """A key that nobody has seen."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def checked(wish: KeyWish, now: datetime) -> KeyWish:
    """The wish with its scopes filled in. Raises: InvalidInput naming the field that cannot be."""
    if name_fault(wish.name) is not None:
        raise InvalidInput(f"`name` must {name_fault(wish.name)}; correct it.", param="name")
    if wish.user is not None:
        check_id(wish.user, "user")
    if not wish.roles:
        raise InvalidInput(f"`roles` is empty; choose from {', '.join(Role)}.", param="roles")
    scopes = default_scopes(wish.roles) if wish.scopes is None else wish.scopes
    unknown = sorted(scopes - set(SCOPES))
    if unknown or not scopes:
        named = f"names {unknown[0][:50]!r}, which is no scope" if unknown else "is empty"
        raise InvalidInput(f"`scopes` {named}; choose from {', '.join(SCOPES)}.", param="scopes")
    if "admin" in scopes and Role.ADMIN not in wish.roles:
        raise InvalidInput(
            "The scope admin needs the role admin; add the role, or leave out the scope.", param="scopes"
        )
    for field_name, names in (("models", wish.models), ("courses", wish.courses)):
        _check_names(field_name, names)
    if wish.all_tenants and not wish.roles & {Role.SERVICE, Role.ADMIN}:
        raise InvalidInput("Only a key with the role service or admin may act for all tenants.", param="all_tenants")
    if wish.expires_at is not None and wish.expires_at <= now:
        raise InvalidInput("`expires_at` has passed already; choose a later time.", param="expires_at")
    for limit in ("requests_per_minute", "tokens_per_minute", "parallel"):
        value = getattr(wish.limits, limit)
        if value is not None and not 1 <= value <= 2**31:
            raise InvalidInput(f"`{limit}` must be 1 or more; revoke a key that may do nothing.", param=limit)
    return KeyWish(
        wish.name,
        wish.roles,
        scopes,
        wish.user or wish.name,
        wish.models,
        wish.courses,
        wish.all_tenants,
        wish.limits,
        wish.expires_at,
    )


def default_scopes(roles: Iterable[Role]) -> frozenset[str]:
    """Everything that the roles can use."""
    return frozenset(SCOPES) - (frozenset() if Role.ADMIN in roles else frozenset({"admin"}))


def is_backend(identity: Identity) -> bool:
    """Whether the caller may name the person for whom it asks."""
    return bool(identity.roles & {Role.SERVICE, Role.ADMIN})


def named(own: Identity, user: str | None, roles: frozenset[Role] | None, tenant: str | None) -> Identity:
    """Whom a key's holder asks for. Raises: NotAllowed where it may not speak for that person."""
    if tenant is not None and tenant != own.tenant and not (own.grant is not None and own.grant.all_tenants):
        raise NotAllowed("This key is of another tenant; leave out X-Banyan-Tenant, or use a key of that tenant.")
    if not is_backend(own):
        if (user is None or user == own.user) and (roles is None or roles <= own.roles):
            return Identity(own.tenant, own.user, own.roles if roles is None else roles or own.roles, own.grant)
        raise NotAllowed("This key stands for one person; leave out X-Banyan-User and X-Banyan-Roles.")
    if roles is not None and not allowed_roles(own, roles):
        raise NotAllowed("X-Banyan-Roles names a role above those of this key; name a lower one.")
    if user is None and roles is None:
        return Identity(tenant or own.tenant, own.user, own.roles, own.grant)
    return Identity(tenant or own.tenant, user or own.user, roles or frozenset({Role.LEARNER}), own.grant)


def allowed_roles(own: Identity, roles: Iterable[Role]) -> bool:
    """Whether none of the roles is above the highest of the caller's own."""
    highest = max((_RANK[role] for role in own.roles), default=0)
    return all(_RANK[role] <= highest for role in roles)


def _check_names(field_name: str, names: frozenset[str] | None) -> None:
    if names is None:
        return
    if len(names) > MOST_NAMES:
        raise InvalidInput(f"`{field_name}` lists more than {MOST_NAMES}; leave it out to allow all.", param=field_name)
    for name in names:
        if name_fault(name) is not None or "*" in name[:-1]:
            raise InvalidInput(
                f"`{field_name}` has {name[:50]!r}; write names, of models also `openai/*`.", param=field_name
            )
