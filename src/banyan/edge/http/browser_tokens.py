"""Short-lived tokens for browsers: a learning platform fetches one for the person who is signed in there."""

import base64
from datetime import timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotAuthenticated
from banyan.kernel.identity import Grant, Identity, Role
from banyan.proxy.usecases.key_ring import KeyRing

LONGEST = timedelta(hours=1)
_ISSUER, _ALGORITHM = "banyan", "HS256"


class _Claims(msgspec.Struct):
    """iss of ours, sub the user, key the id of the key that fetched it; "" where the service was open."""

    iss: str
    exp: int
    sub: str
    tenant: str
    roles: list[Role]
    key: str = ""
    courses: list[str] | None = None


class BrowserTokens:
    """secret: at least 32 bytes, the same in every process of the installation."""

    def __init__(self, secret: bytes, ring: KeyRing, clock: Clock) -> None:
        self._key = OctKey.import_key(secret)
        self._ring = ring
        self._clock = clock

    def issue(self, by: Identity, bearer: Identity, lifetime: timedelta) -> str:
        """by: whoever asks for it; the token ends with its key. bearer: with the courses in its grant, if any."""
        courses = bearer.grant.courses if bearer.grant else None
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "exp": int((self._clock.now() + min(lifetime, LONGEST)).timestamp()),
            "sub": bearer.user,
            "tenant": bearer.tenant,
            "roles": sorted(bearer.roles),
            "key": by.grant.key if by.grant else "",
        }
        if courses is not None:
            claims["courses"] = sorted(courses)
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def knows(self, credential: str) -> bool:
        """Whether it is a token that says it is ours; nothing of it is believed yet."""
        parts = credential.split(".")
        if len(parts) != 3:
            return False
        try:
            return msgspec.json.decode(_unpadded(parts[1]), type=dict[str, Any]).get("iss") == _ISSUER
        except ValueError:
            return False

    def identity(self, token: str) -> Identity:
        """Who bears it. Raises: NotAuthenticated, also when the key that fetched it is no longer in force."""
        try:
            claims = msgspec.convert(jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims, _Claims)
        except (JoseError, ValueError) as error:
            raise NotAuthenticated("This token is not ours; fetch a new one.", code="invalid_token") from error
        if claims.exp <= self._clock.now().timestamp():
            raise NotAuthenticated("This token has expired; fetch a new one.", code="token_expired")
        courses = None if claims.courses is None else frozenset(claims.courses)
        models = None
        if claims.key:
            grant = self._ring.grant_of(claims.key)
            models = grant.models
            courses = _both(courses, grant.courses)
        elif not self._ring.is_open:
            raise NotAuthenticated("This token is from before there were keys; fetch a new one.", code="invalid_token")
        grant = Grant(claims.key, frozenset({"tutor"}), models, courses, is_token=True)
        return Identity(claims.tenant, claims.sub, frozenset(claims.roles), grant)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
