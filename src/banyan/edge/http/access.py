"""Who may come in: the gate before an application, and the rule that every route declares.

A router is built with `route_class=RuledRoute` and each route says its rule:

    @app.get("/health", openapi_extra=PUBLIC)            no identity needed
    @app.post("/v1/rag/search", openapi_extra=ANYONE)    whoever the authenticator knows
    @app.post("/v1/rag/index", openapi_extra=STAFF)      an identity with a staff role
    @app.get("/admin/keys", openapi_extra=ADMIN)         an identity with the role admin

and which scope a key needs for it: `openapi_extra=within(ANYONE, "rag")`. A route without a rule cannot be
registered. Plain ASGI endpoints call `admit` themselves.
"""

import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import structlog
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from banyan.edge.http.body import LARGEST_BODY, LARGEST_FILE_BODY, StrictRequest
from banyan.edge.http.claims import NO_CLAIMS, Claims, Headers, read_claims
from banyan.edge.http.errors import REQUEST_ID, send_error
from banyan.kernel.errors import BanyanError, InvalidInput, NotAllowed
from banyan.kernel.identity import DEFAULT_TENANT, SCOPES, Identity, Role
from banyan.kernel.ids import check_name, serial_id

Rule = Literal["public", "anyone", "staff", "admin"]
Authenticate = Callable[[Headers], Awaitable[Identity]]
"""Headers (names in lower case) to a caller. Raises: NotAuthenticated, InvalidInput."""
Observe = Callable[[Scope, int, float], None]
"""Told of every answer: the scope, the status, and the seconds until the answer was complete."""

IDENTITY = "banyan.identity"
"""Key of the caller in the ASGI scope, once admitted."""
ROUTE = "banyan.route"
"""Key under which plain ASGI endpoints leave their path for the metrics."""
AUTHENTICATE = "banyan.authenticate"
_RULE = "x-banyan-access"
_SCOPE = "x-banyan-scope"
_LARGEST = "x-banyan-largest-body"
PUBLIC: dict[str, Any] = {_RULE: "public"}
ANYONE: dict[str, Any] = {_RULE: "anyone"}
STAFF: dict[str, Any] = {_RULE: "staff"}
ADMIN: dict[str, Any] = {_RULE: "admin", _SCOPE: "admin"}

OPERATOR = Identity(DEFAULT_TENANT, "local", frozenset({Role.ADMIN, Role.SERVICE}))
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[?::1\]?", re.IGNORECASE)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
log = structlog.get_logger(__name__)


class Gate:
    """The outermost layer of an application: request ids, the check against rebinding, the last net for failures.

    open_ports: the service's own ports while it is open to everybody on this machine; then the name in `Host`
        and the page in `Origin` must be local. None where it never is.
    is_open: whether it is so now; asked at every request, because keys come while it runs.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticate: Authenticate,
        *,
        open_ports: frozenset[int] | None,
        is_open: Callable[[], bool] = lambda: True,
        observe: Observe | None = None,
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._open_ports = open_ports
        self._is_open = is_open
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Anything but HTTP (the lifespan) goes straight through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _given_request_id(scope["headers"]) or serial_id("req")
        scope[REQUEST_ID] = request_id
        scope[AUTHENTICATE] = self._authenticate
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            if self._open_ports is not None and self._is_open():
                refuse_strangers(scope["headers"], self._open_ports)
            refuse_nothing_characters(scope)
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            pass  # in the middle of its request: nobody is left to be told
        except Exception as error:
            if status or not isinstance(error, BanyanError | HTTPException):
                log.exception("request-failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if not status:  # half an answer is left unfinished, so that nobody takes it for the whole
                await send_error(error, scope, answer)
        finally:
            if self._observe is not None:
                self._observe(scope, status, time.perf_counter() - began)


class RuledRoute(APIRoute):
    """A route that checks its rule before it reads the body, and reads the body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Raises: TypeError for a route that declares no rule."""
        rule, needed = rule_of(self), scope_of(self)
        largest = (self.openapi_extra or {}).get(_LARGEST, LARGEST_BODY)
        handle = super().get_route_handler()

        async def ruled(request: Request) -> Response:
            await admit(request.scope, rule, needed)
            return await handle(StrictRequest(request.scope, request.receive, largest))

        return ruled


class PublicFiles(Mount):
    """Static files that anybody may have."""


def rule_of(route: APIRoute) -> Rule:
    """Raises: TypeError for a route that declares no rule."""
    rule: Rule | None = (route.openapi_extra or {}).get(_RULE)
    if rule is None:
        raise TypeError(f"{route.path} declares no access rule; give it openapi_extra=PUBLIC, ANYONE, STAFF or ADMIN.")
    return rule


def within(rule: dict[str, Any], needed: str) -> dict[str, Any]:
    """The rule for keys that have the scope, one of `SCOPES`. Raises: ValueError for any other."""
    if needed not in SCOPES:
        raise ValueError(f"{needed!r} is no scope; choose from {', '.join(SCOPES)}.")
    return {**rule, _SCOPE: needed}


def taking_files(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule for a route whose body may hold a whole file in base64."""
    return {**rule, _LARGEST: LARGEST_FILE_BODY}


def scope_of(route: APIRoute) -> str | None:
    """The scope that a key needs for the route; None where any key will do."""
    found: str | None = (route.openapi_extra or {}).get(_SCOPE)
    return found


async def admit(scope: Scope, rule: Rule, needed: str | None = None) -> None:
    """Finds out who asks and leaves it in the scope for `identity_of`. needed: the scope that a key must have.

    Raises: NotAuthenticated, NotAllowed.
    """
    if rule == "public":
        return
    identity: Identity = await scope[AUTHENTICATE](scope["headers"])
    scope[IDENTITY] = identity
    if rule == "staff" and not identity.is_staff:
        raise NotAllowed("This needs the role instructor, moderator, admin or service; ask whoever runs the service.")
    if rule == "admin" and Role.ADMIN not in identity.roles:
        raise NotAllowed("This needs the role admin; ask whoever runs the service.")
    grant = identity.grant
    if grant is not None and needed is not None and needed not in grant.scopes:
        raise NotAllowed(
            f"This key has no scope {needed!r}; ask whoever runs the service for a key that has it.",
            code="scope_missing",
        )


def identity_of(request: Request) -> Identity:
    """The caller; for use as a dependency of routes whose rule is not `public`."""
    identity: Identity = request.scope[IDENTITY]
    return identity


async def trust_headers(headers: Headers) -> Identity:
    """The authenticator of the open mode: a local backend says for whom it asks, and is the operator if it does not."""
    return trust(read_claims(headers))


def trust(claims: Claims) -> Identity:
    """Whom the claims name, believed as they are."""
    if claims == NO_CLAIMS or not claims.names_somebody:
        return OPERATOR
    tenant = claims.tenant or DEFAULT_TENANT
    if claims.user is None and claims.roles is None:
        return Identity(tenant, OPERATOR.user, OPERATOR.roles)
    return Identity(tenant, claims.user or OPERATOR.user, claims.roles or frozenset({Role.LEARNER}))


def refuse_strangers(headers: Headers, own_ports: frozenset[int]) -> None:
    """Keeps web pages of other sites out of a service that trusts everybody on this machine.

    Raises: NotAllowed where `Host` is not a name of this machine or `Origin` is not one of our own pages.
    """
    host = origin = None
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1") if host is None else ""  # a second one makes both worthless
        elif name == b"origin":
            origin = value.decode("latin-1") if origin is None else ""
    if host is None or not _is_local(host):
        raise NotAllowed("Without keys the service answers only to 127.0.0.1 and localhost; use one of these names.")
    if origin is not None and not _is_own(origin, host, own_ports):
        raise NotAllowed("Without keys the service answers no page of another site; open the page that it serves.")


def refuse_nothing_characters(scope: Scope) -> None:
    """Keeps U+0000 out of addresses: nothing has it in its name, and not every database can be asked for it.

    Raises: InvalidInput.
    """
    if "\x00" in scope["path"]:
        raise InvalidInput("The address has the character U+0000 in it; leave it out.")
    if b"%00" in scope["query_string"]:
        for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
            check_name(value, name[:100])
        raise InvalidInput("A name in the query has the character U+0000 in it; leave it out.")


@lru_cache(maxsize=64)
def _is_local(host: str) -> bool:
    return _LOOPBACK.fullmatch(re.sub(r":\d*$", "", host)) is not None


def _is_own(origin: str, host: str, own_ports: frozenset[int]) -> bool:
    with suppress(ValueError):  # a port that is no number
        page = urlsplit(origin)
        if page.scheme not in {"http", "https"} or not _LOOPBACK.fullmatch(page.hostname or ""):
            return False
        return page.netloc == host or page.port in own_ports
    return False


def _given_request_id(headers: Headers) -> str | None:
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value.decode()
    return None
