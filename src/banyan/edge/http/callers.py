"""On whose account a request is, and what its answer says about how it was made."""

import re

from starlette.types import Scope

from banyan.edge.http.access import IDENTITY
from banyan.edge.http.errors import REQUEST_ID
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.proxy.domain.accounting import CHAT, Caller, Trace
from banyan.proxy.domain.cache_policy import CacheWish, read_wish
from banyan.proxy.domain.registry import checked_zone

_LONGEST_TASK = 40
_LONGEST_HEADER = 500
_UNSENDABLE = re.compile(r"[^\x20-\x7e]")


def caller_of(scope: Scope, course: str | None = None) -> Caller:
    """The caller of an admitted request. Raises: InvalidInput.

    `X-Banyan-Task` names the kind of task, `X-Banyan-Zone` the only data zone that the call may go to.
    """
    identity: Identity = scope[IDENTITY]
    task, zone = CHAT, None
    for name, value in scope["headers"]:
        if name == b"x-banyan-task":
            task = value.decode("latin-1").strip().lower()
            if not task.replace("-", "").replace("_", "").isalnum() or len(task) > _LONGEST_TASK:
                raise InvalidInput("X-Banyan-Task names a kind of task in letters, like quiz.", param="X-Banyan-Task")
        elif name == b"x-banyan-zone":
            if zone is not None:
                raise InvalidInput("X-Banyan-Zone is there twice; send it once.", param="X-Banyan-Zone")
            zone = checked_zone(value.decode("latin-1").strip().lower())
    key = None if identity.grant is None else identity.grant.key
    return Caller(identity.tenant, identity.user, key, course, task, scope.get(REQUEST_ID, ""), zone, identity.is_staff)


def cache_wish(scope: Scope) -> CacheWish:
    """What `X-Banyan-Cache` asks for. Raises: InvalidInput."""
    for name, value in scope["headers"]:
        if name == b"x-banyan-cache":
            wish = read_wish(value.decode("latin-1"))
            if wish is None:
                raise InvalidInput("X-Banyan-Cache is on, off or refresh; send one of them.", param="X-Banyan-Cache")
            return wish
    return CacheWish.USUAL


def trace_headers(trace: Trace) -> list[tuple[bytes, bytes]]:
    """Which deployment answered and why, and whatever limits and prices had to say."""
    headers = [(name.encode(), value.encode("ascii")) for name, value in trace.headers.items()]
    if trace.deployment:
        headers.append((b"x-banyan-deployment", _sendable(trace.deployment)))
        headers.append((b"x-banyan-route", _sendable(trace.why)))
    if trace.cache:
        headers.append((b"x-banyan-cache", trace.cache.encode("latin-1")))
    return headers


def _sendable(value: str) -> bytes:
    """Names of models come from callers: a line break in one must not begin a header of its own."""
    if len(value) > _LONGEST_HEADER or not (value.isascii() and value.isprintable()):
        value = _UNSENDABLE.sub("?", value[:_LONGEST_HEADER])
    return value.encode()
