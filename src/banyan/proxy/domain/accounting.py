"""On whose account a call is, and the line that it leaves in the ledger.

Structs instead of dataclasses: every call makes several of them, and these are made five times as fast.
"""

from enum import StrEnum

from msgspec import Struct, field, structs

from banyan.kernel.identity import DEFAULT_TENANT
from banyan.kernel.ids import PROCESS
from banyan.kernel.money import NOTHING, Money
from banyan.proxy.domain.pricing import NO_TOKENS, Tokens

CHAT = "chat"
"""The task kind of a call that names none."""
CLIENT_GONE = "client_gone"
"""The error of an attempt whose caller left before the answer was whole."""


class Caller(Struct, frozen=True):
    """Whom keys, limits, budgets, cache and ledger go by.

    key: id of the virtual key; None in the open mode and for the assistant of the same process.
    user: the platform's name for the person; a key's own name where a backend names nobody.
    task: kind of task (`chat`, `quiz`, `summary`, …), for routing, cache times and reports.
    zone: the only data zone that the call may go to; None for any.
    is_staff: whether answers may rest on what is for staff alone.
    """

    tenant: str = DEFAULT_TENANT
    user: str = ""
    key: str | None = None
    course: str | None = None
    task: str = CHAT
    request_id: str = ""
    zone: str | None = None
    is_staff: bool = False


NOBODY = Caller()


class Hold(Struct, frozen=True):
    """An account that pays for a call. who: the user, key or course where each has its own; window: as `2026-01`."""

    budget: str
    who: str
    window: str


class Status(StrEnum):
    """How an attempt ended.

    cut: the answer broke off or the caller left after it had begun. lost: the process died while it was under way.
    """

    OK = "ok"
    CACHED = "cached"
    CUT = "cut"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"


class Attempt(Struct, frozen=True):
    """One row of the ledger: one try of one deployment, or an answer from the cache.

    id: unique; a second row with the same id is the same row. at: seconds since 1970 when the try began.
    cost: None where no price is known, which is loud and never 0. price_version: of the list that said the price.
    seconds: until the answer was complete. first_token: until its first piece, None where none came.
    reason: why this deployment: `first choice`, or what failed before it. error: the code of the failure.
    reserved: what was set aside for it; a lost attempt counts as having cost that.
    reported: what the provider said that it charged, None where it did not. listed: what the price makes of the same
    tokens, where the two can be compared.
    holds: of the reservation, for the books of budgets. process: whose reservation it was.
    """

    id: str
    caller: Caller
    deployment: str
    provider: str
    model: str
    at: float
    kind: str = "chat"
    status: Status = Status.OK
    tokens: Tokens = NO_TOKENS
    cost: Money | None = None
    price_version: str = ""
    seconds: float = 0
    first_token: float | None = None
    cache: str = ""
    reason: str = ""
    error: str = ""
    reserved: Money = NOTHING
    stream: bool = False
    holds: tuple[Hold, ...] = ()
    process: str = PROCESS
    reported: Money | None = None
    listed: Money | None = None


class Trace(Struct):
    """What happens to one call while it runs: written by the wrappers, read by the edge for the headers of the answer.

    deployment: what really answers. why: for people, one short phrase. cache: `hit`, `miss`, `joined` or ``.
    input, output: tokens of all attempts together. headers: more to send, in lower case, such as limits that are left.
    text: what the attempt under way has streamed of its first choice. plain_text: that there was nothing else.
    """

    deployment: str = ""
    why: str = ""
    cache: str = ""
    attempts: int = 0
    input: int = 0
    output: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    plain_text: bool = True


def lost(attempt: Attempt) -> Attempt:
    """The row of a try whose process died: it counts as having cost what was set aside for it.

    Where nothing was set aside its cost is unknown, unless it was known to be free from the start.
    """
    return structs.replace(attempt, status=Status.LOST, cost=attempt.reserved or attempt.cost)
