"""Who asks at a path that guests may use as well."""

from fastapi import Request

from banyan.edge.http.access import AUTHENTICATE
from banyan.kernel.errors import NotAuthenticated
from banyan.kernel.identity import Identity

_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})


async def asker_or_guest(request: Request) -> Identity | None:
    """None for a guest, who shows no credentials. Raises: NotAuthenticated for wrong ones."""
    headers = request.scope["headers"]
    try:
        asker: Identity = await request.scope[AUTHENTICATE](headers)
    except NotAuthenticated:
        if any(name in _CREDENTIALS for name, _ in headers):
            raise
        return None
    return asker
