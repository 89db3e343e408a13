"""The port to the log of turns and of what guardrails found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.guarding import Finding, Stage
from banyan.kernel.money import Money


class TurnRecord(Struct, frozen=True):
    """One try to answer, whatever became of it: also those that were refused, streamed, or failed.

    surface: `chat`, `content`, `faq`, `draft`, `mcp`, … outcome: `answered`, `withheld`, `failed`, `interrupted`.
    notice: its code. status_code: of the provider, 200 where it answered, 0 where there was none.
    cost: what the cap counted. covered: whether the course had anything on it, None where nobody looked.
    """

    tenant: str
    id: str
    at: datetime
    user: str
    course: str
    lesson: str
    surface: str
    outcome: str
    session: str = ""
    message: str = ""
    model: str = ""
    stream: bool = False
    status_code: int = 0
    error: str = ""
    notice: str = ""
    latency_ms: int = 0
    first_token_ms: int | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Money = Money(0)
    help_level: str = ""
    covered: bool | None = None
    request_id: str = ""


class GuardrailEvent(Struct, frozen=True):
    """source: `chat`, `passage` (of a lesson), `external` (of a page from outside), `content`, `attachment`."""

    tenant: str
    id: str
    at: datetime
    user: str
    course: str
    lesson: str
    source: str
    guardrail: str
    stage: Stage
    finding: Finding
    request_id: str = ""


class TurnLog(Protocol):
    """Both return at once; rows are written in the background, in order, and none is lost at a regular stop."""

    def turn(self, record: TurnRecord) -> None:
        """One try."""
        ...

    def events(self, events: Sequence[GuardrailEvent]) -> None:
        """What guardrails found."""
        ...


class EventQuery(Struct, frozen=True):
    """Which rows are meant; None for all. courses: any of these. since is within, until is not."""

    courses: tuple[str, ...] | None = None
    lesson: str | None = None
    source: str | None = None
    event_type: str | None = None
    user: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class TurnLogReader(Protocol):
    """What this process logged before the call is found, and what others did a second before it."""

    async def guardrail_events(self, tenant: str, wanted: EventQuery, *, limit: int) -> Sequence[GuardrailEvent]:
        """The newest first; their findings have no text. Raises: Unavailable."""
        ...

    async def forget(self, wanted: EventQuery, tenant: str) -> int:
        """Deletes turns and events of the tenant, for good, and says how many. Raises: Unavailable."""
        ...
