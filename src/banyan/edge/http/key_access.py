"""The authenticator of services with keys: a virtual key, a browser's token, or neither while nobody has made a key."""

from banyan.edge.http.access import trust
from banyan.edge.http.browser_tokens import BrowserTokens
from banyan.edge.http.claims import Headers, read_claims
from banyan.kernel.errors import NotAllowed, NotAuthenticated
from banyan.kernel.identity import Identity
from banyan.proxy.domain.keys import named
from banyan.proxy.usecases.key_ring import KeyRing


class KeyAccess:
    """An `Authenticate`. may_be_open: whether the service listens on this machine alone.

    tokens: for services that browsers speak to.
    """

    def __init__(self, ring: KeyRing, *, may_be_open: bool, tokens: BrowserTokens | None = None) -> None:
        self._ring = ring
        self._may_be_open = may_be_open
        self._tokens = tokens

    def is_open(self) -> bool:
        """Whether everybody on this machine may come in."""
        return self._may_be_open and self._ring.is_open

    async def __call__(self, headers: Headers) -> Identity:
        """Raises: NotAuthenticated, NotAllowed, InvalidInput."""
        claims = read_claims(headers)
        credential = claims.credential
        if credential is not None and self._tokens is not None and self._tokens.knows(credential):
            if claims.names_somebody:
                raise NotAllowed("A token stands for one person; leave out X-Banyan-User, -Roles and -Tenant.")
            return self._tokens.identity(credential)
        if self.is_open():
            return trust(claims)
        if credential is None:
            raise NotAuthenticated("This service needs a key; send it as `Authorization: Bearer KEY` or `X-API-Key`.")
        own = self._ring.find(credential)
        return named(own, claims.user, claims.roles, claims.tenant) if claims.names_somebody else own
