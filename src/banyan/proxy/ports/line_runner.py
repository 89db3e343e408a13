"""The port to the endpoints that lines of batches ask."""

from dataclasses import dataclass
from typing import Protocol

from banyan.proxy.domain.files import Owner


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What the endpoint answered. code: of the error, "" for none. retry_after: seconds, where it said so."""

    status: int
    body: bytes
    code: str = ""
    retry_after: float | None = None


class LineRunner(Protocol):
    """Asks an endpoint as its owner would, with the rights that the owner's key has by now."""

    async def run(self, owner: Owner, endpoint: str, body: bytes, request_id: str) -> LineAnswer:
        """Never raises for what the endpoint refuses or fails at: that is an answer too."""
        ...
