"""What the headers of a request say about its caller: a credential, and for whom a backend asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from banyan.kernel.errors import InvalidInput, NotAuthenticated
from banyan.kernel.identity import Role
from banyan.kernel.ids import check_id

Headers = Iterable[tuple[bytes, bytes]]

_USER, _ROLES, _TENANT = "X-Banyan-User", "X-Banyan-Roles", "X-Banyan-Tenant"
_READ = frozenset({b"authorization", b"x-api-key", b"x-banyan-user", b"x-banyan-roles", b"x-banyan-tenant"})


@dataclass(frozen=True, slots=True)
class Claims:
    """None for what is not there. credential: of `Authorization: Bearer` or `X-API-Key`; not checked yet."""

    credential: str | None = None
    user: str | None = None
    roles: frozenset[Role] | None = None
    tenant: str | None = None

    @property
    def names_somebody(self) -> bool:
        """Whether it is for somebody else than whoever sent it."""
        return self.user is not None or self.roles is not None or self.tenant is not None


NO_CLAIMS = Claims()


def read_claims(headers: Headers) -> Claims:
    """Raises: InvalidInput for a header that is there twice or cannot be read; NotAuthenticated for two credentials."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _READ:
            if name in found:
                raise _twice(name)
            found[name] = value
    if not found:
        return NO_CLAIMS
    user = roles = tenant = None
    if (given := found.get(b"x-banyan-user")) is not None:
        user = check_id(_text(given), _USER)
    if (given := found.get(b"x-banyan-roles")) is not None:
        roles = read_roles(_text(given))
    if (given := found.get(b"x-banyan-tenant")) is not None:
        tenant = check_id(_text(given), _TENANT)
    return Claims(_credential(found.get(b"authorization"), found.get(b"x-api-key")), user, roles, tenant)


def read_roles(text: str, param: str = _ROLES) -> frozenset[Role]:
    """A comma list of roles. Raises: InvalidInput."""
    names = {part.strip().lower() for part in text.split(",")} - {""}
    try:
        return frozenset(Role(name) for name in names)
    except ValueError as error:
        raise InvalidInput(f"{param} takes a comma list of {', '.join(Role)}; correct it.", param=param) from error


def _credential(authorization: bytes | None, api_key: bytes | None) -> str | None:
    bearer = None
    if authorization is not None:
        scheme, _, rest = authorization.partition(b" ")
        if scheme.lower() == b"bearer":
            bearer = rest.strip()
    if bearer and api_key and bearer != api_key.strip():
        raise NotAuthenticated(
            "Authorization and X-API-Key carry different keys; send one of them.", code="two_credentials"
        )
    given = bearer or (api_key.strip() if api_key else None)
    return _text(given) if given else None


def _twice(name: bytes) -> InvalidInput | NotAuthenticated:
    """Two names of one caller may come from two senders, of whom one is not to be trusted."""
    shown = {b"x-api-key": "X-API-Key", b"authorization": "Authorization"}.get(name)
    if shown is not None:
        return NotAuthenticated(f"{shown} is there twice; send it once.", code="two_credentials")
    header = next(known for known in (_USER, _ROLES, _TENANT) if known.lower().encode() == name)
    return InvalidInput(f"{header} is there twice; send it once.", param=header)


def _text(value: bytes) -> str:
    """Header bytes as text: UTF-8 where they are, else the old default."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
