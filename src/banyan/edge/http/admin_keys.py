"""`/admin/keys`: virtual keys, for admins of their tenant."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from banyan.edge.http.access import ADMIN, RuledRoute, identity_of
from banyan.edge.http.fields import Moment
from banyan.kernel.identity import Identity, Role
from banyan.proxy.domain.keys import KeyWish, Limits, VirtualKey
from banyan.proxy.usecases.manage_keys import ManageKeys

Admin = Annotated[Identity, Depends(identity_of)]
Names = Annotated[list[str], Field(max_length=1000)]
Limit = Annotated[int | None, Field(ge=1, le=2**31 - 1)]


class LimitsBody(BaseModel):
    """null where nothing limits it."""

    model_config = ConfigDict(extra="forbid")

    requests_per_minute: Limit = None
    tokens_per_minute: Limit = None
    parallel: Limit = Field(None, description="Calls at a time.")


class KeyChange(BaseModel):
    """What is to be different; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    user: str | None = Field(None, description="The person it stands for where a backend names nobody; else its name.")
    roles: list[Role] | None = Field(None, description="`service` alone where absent from a new key.")
    scopes: Names | None = Field(None, description="All that the roles can use where absent from a new key.")
    models: Names | None = Field(None, description="Aliases and models, also as `openai/*`; null for all.")
    courses: Names | None = Field(None, description="null for all.")
    all_tenants: bool | None = Field(None, description="May name the tenant in X-Banyan-Tenant, as a backend of many.")
    limits: LimitsBody | None = None
    expires_at: Moment | None = Field(None, description="null for never.")


class KeyWishBody(KeyChange):
    """What the key is to be."""

    name: str


class RotationBody(BaseModel):
    """overlap_hours: for so long the old key works, too."""

    overlap_hours: float = Field(24, ge=0, le=720)


class KeyBody(BaseModel):
    """A key, without its secret. prefix: how the secret begins. old_key_until: how long the one before works."""

    id: str
    tenant: str
    name: str
    user: str
    prefix: str
    status: Literal["active", "expired", "revoked"]
    roles: list[Role]
    scopes: list[str]
    models: list[str] | None
    courses: list[str] | None
    all_tenants: bool
    limits: LimitsBody
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None
    old_key_until: datetime | None
    last_used_at: datetime | None


class NewKeyBody(KeyBody):
    """The only answer that ever has the key itself."""

    key: str


class KeysBody(BaseModel):
    """Oldest first."""

    keys: list[KeyBody]


def key_routes(manage: ManageKeys) -> APIRouter:
    """The routes, over the use case."""
    router = APIRouter(route_class=RuledRoute, tags=["admin"], prefix="/admin/keys")

    @router.get("", openapi_extra=ADMIN, summary="Every key of the tenant")
    async def keys(admin: Admin) -> KeysBody:
        now = manage.now()
        return KeysBody(keys=[KeyBody(**key_fields(key, now)) for key in await manage.list(admin.tenant)])

    @router.post("", openapi_extra=ADMIN, status_code=201, summary="Create a key; it is shown this once")
    async def create(body: KeyWishBody, admin: Admin) -> NewKeyBody:
        key, secret = await manage.create(admin, _changed(KeyWish(body.name), body))
        return NewKeyBody(**key_fields(key, manage.now()), key=secret)

    @router.get("/{id}", openapi_extra=ADMIN, summary="One key")
    async def show(id: str, admin: Admin) -> KeyBody:
        return KeyBody(**key_fields(await manage.get(admin.tenant, id), manage.now()))

    @router.patch("/{id}", openapi_extra=ADMIN, summary="Change what a key may do")
    async def update(id: str, body: KeyChange, admin: Admin) -> KeyBody:
        key = await manage.update(admin, id, lambda wish: _changed(wish, body))
        return KeyBody(**key_fields(key, manage.now()))

    @router.post("/{id}/rotate", openapi_extra=ADMIN, summary="Give a key a new secret, shown this once")
    async def rotate(id: str, admin: Admin, body: RotationBody | None = None) -> NewKeyBody:
        overlap = timedelta(hours=(body or RotationBody(overlap_hours=24)).overlap_hours)
        key, secret = await manage.rotate(admin.tenant, id, overlap)
        return NewKeyBody(**key_fields(key, manage.now()), key=secret)

    @router.delete("/{id}", openapi_extra=ADMIN, summary="Revoke a key")
    async def revoke(id: str, admin: Admin) -> KeyBody:
        return KeyBody(**key_fields(await manage.revoke(admin.tenant, id), manage.now()))

    return router


def key_fields(key: VirtualKey, now: datetime) -> dict[str, Any]:
    """As `KeyBody`; also what the command line prints."""
    same = ("id", "tenant", "name", "user", "all_tenants", "created_at", "created_by")
    times = ("expires_at", "revoked_at", "rotated_at", "last_used_at")
    return {
        **{name: getattr(key, name) for name in (*same, *times)},
        "prefix": key.shown,
        "status": key.status(now),
        "roles": sorted(key.roles),
        "scopes": sorted(key.scopes),
        "models": None if key.models is None else sorted(key.models),
        "courses": None if key.courses is None else sorted(key.courses),
        "limits": {field.name: getattr(key.limits, field.name) for field in fields(Limits)},
        "old_key_until": key.old_until if key.old_until is not None and key.old_until > now else None,
    }


def _changed(wish: KeyWish, body: KeyChange) -> KeyWish:
    """The wish with what the body names; null means "all" or "never" where the fields say so, else as absent."""
    given = body.model_fields_set
    values: dict[str, Any] = {}
    for name in ("name", "user", "all_tenants"):
        if getattr(body, name) is not None:
            values[name] = getattr(body, name)
    for name in ("roles", "scopes"):
        if getattr(body, name) is not None:
            values[name] = frozenset(getattr(body, name))
    if "roles" in values and "scopes" not in values and wish.scopes is not None and Role.ADMIN not in values["roles"]:
        values["scopes"] = wish.scopes - {"admin"}
    for name in ("models", "courses"):
        if name in given:
            value = getattr(body, name)
            values[name] = None if value is None else frozenset(value)
    if "expires_at" in given:
        values["expires_at"] = body.expires_at
    if "limits" in given:
        values["limits"] = Limits() if body.limits is None else Limits(**body.limits.model_dump())
    return replace(wish, **values)
