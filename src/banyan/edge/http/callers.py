"""On whose account a request is, and what its answer says about how it was made."""

from starlette.types import Scope

from banyan.edge.http.access import IDENTITY
from banyan.edge.http.errors import REQUEST_ID
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity
from banyan.proxy.domain.accounting import CHAT, Caller, Trace

_LONGEST_TASK = 40


def caller_of(scope: Scope, course: str | None = None) -> Caller:
    """The caller of an admitted request. `X-Banyan-Task` names the kind of task. Raises: InvalidInput."""
    identity: Identity = scope[IDENTITY]
    task = CHAT
    for name, value in scope["headers"]:
        if name == b"x-banyan-task":
            task = value.decode("latin-1").strip().lower()
            if not task.replace("-", "").replace("_", "").isalnum() or len(task) > _LONGEST_TASK:
                raise InvalidInput("X-Banyan-Task names a kind of task in letters, like quiz.", param="X-Banyan-Task")
    grant = identity.grant
    return Caller(
        identity.tenant, identity.user, None if grant is None else grant.key, course, task, scope.get(REQUEST_ID, "")
    )


def trace_headers(trace: Trace) -> list[tuple[bytes, bytes]]:
    """Which deployment answered and why, and whatever limits and prices had to say."""
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in trace.headers.items()]
    if trace.deployment:
        headers.append((b"x-banyan-deployment", trace.deployment.encode("latin-1", "replace")))
        headers.append((b"x-banyan-route", trace.why.encode("latin-1", "replace")))
    if trace.cache:
        headers.append((b"x-banyan-cache", trace.cache.encode("latin-1")))
    return headers
