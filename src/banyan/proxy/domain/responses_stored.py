"""A response as it is kept."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One response of one person.

    owner: whoever may read it. conversation: id of the first response of the chain that it belongs to.
    previous: the response that it continues. expires: when it is forgotten.
    body: the response object as JSON. items: its own input items as JSON.
    """

    tenant: str
    owner: str
    id: str
    conversation: str
    previous: str | None
    created: datetime
    expires: datetime
    body: bytes
    items: bytes
