"""The port to where external sources are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from banyan.assistant.domain.external_sources import ExternalSource


class ExternalSources(Protocol):
    """Each call is one transaction, and names the tenant; claims alone go over all of them."""

    async def add(self, source: ExternalSource) -> None:
        """Raises: Conflict (`source_exists`) where the same page is there for the same place."""
        ...

    async def get(self, tenant: str, id: str) -> ExternalSource | None:
        """One."""
        ...

    async def listed(
        self, tenant: str, course: str, lesson: str | None = None, limit: int = 200
    ) -> Sequence[ExternalSource]:
        """Newest modified first. lesson: "" for those of the whole course, None for all."""
        ...

    async def change(self, source: ExternalSource) -> ExternalSource | None:
        """Stores title, allowed and interval, and forgets what is known of the page, so that it is indexed anew."""
        ...

    async def remove(self, tenant: str, id: str) -> bool:
        """Whether it was there."""
        ...

    async def ask_for(self, tenant: str, ids: Sequence[str], now: datetime) -> None:
        """Makes them due."""
        ...

    async def claim(
        self, claim: str, now: datetime, until: datetime, limit: int, only: tuple[str, Sequence[str]] | None = None
    ) -> Sequence[ExternalSource]:
        """Due ones that nobody fetches, or whose fetcher is dead, the longest due first; each goes to one claim.

        only: a tenant and its sources; None for those of all.
        """
        ...

    async def renew(self, claim: str, until: datetime) -> None:
        """Keeps what is claimed."""
        ...

    async def settle(self, source: ExternalSource, claim: str, due: datetime | None) -> bool:
        """Stores what a fetch found, where the claim still holds. due: as it was at the claim.

        A fetch that was asked for meanwhile stays due. False where the source is gone or another's by now.
        """
        ...
