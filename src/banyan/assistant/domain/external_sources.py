"""Pages that a course's staff name, and what became of them."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from banyan.kernel.pages import Known

EXCERPT = 5000
"""Characters of a page that its staff are shown."""
LEAST_INTERVAL = 300
_RETRY = timedelta(minutes=15)
_PREFIX = "external/"


class SourceStatus(StrEnum):
    """What came of the last fetch. fetched: read and checked, not yet found by searches."""

    NEW = "New"
    FETCHED = "Fetched"
    INDEXED = "Indexed"
    UNCHANGED = "Unchanged"
    ERROR = "Error"
    QUARANTINED = "Quarantined"


class ExternalSource(Struct, frozen=True, kw_only=True):
    """lesson: "" for the whole course. interval: seconds between two fetches, 0 for none by itself.

    due: when it is fetched next; None for not by itself. claim: of the process that fetches it, until claimed.
    content_hash, known: of what is indexed. found_at: where redirects led.
    """

    tenant: str
    id: str
    course: str
    lesson: str = ""
    title: str = ""
    url: str
    allowed: bool = True
    interval: int = 0
    status: SourceStatus = SourceStatus.NEW
    error_code: str = ""
    error: str = ""
    mime_type: str = ""
    excerpt: str = ""
    found_at: str = ""
    content_hash: str = ""
    known: Known = Known()
    chunks: int = 0
    fetched: datetime | None = None
    due: datetime | None = None
    claim: str = ""
    claimed: datetime | None = None
    created: datetime
    created_by: str = ""
    modified: datetime

    @property
    def name(self) -> str:
        """The source in the index. No lesson's body or file has such a name, so indexing those leaves it alone."""
        return f"{_PREFIX}{self.id}"

    @property
    def is_indexed(self) -> bool:
        """Whether its passages are found."""
        return self.chunks > 0


def digest(content: bytes, title: str) -> str:
    """Equal for what would be indexed alike."""
    return hashlib.sha256(title.encode() + b"\x00" + content).hexdigest()


def after(source: ExternalSource, now: datetime, *, passing: bool = False) -> ExternalSource:
    """The source as it stands when a fetch has ended. passing: it failed in a way that may pass by itself."""
    due = None
    if source.interval:
        pause = timedelta(seconds=source.interval)
        due = now + (min(pause, _RETRY) if passing else pause)
    return replace(source, due=due, claim="", claimed=None, modified=now)


def failed(source: ExternalSource, code: str, message: str, now: datetime, *, passing: bool) -> ExternalSource:
    """What was indexed before stays: an old page is better than none while a server is down."""
    there = replace(source, status=SourceStatus.ERROR, error_code=code, error=message)
    return after(there, now, passing=passing)
