"""The port to what tells one state of a course's index from another."""

from typing import Protocol


class IndexVersions(Protocol):
    """Asked before every look into the answer cache, so it has to be quick and may not be behind."""

    async def index_version(self, tenant: str, course: str) -> str | None:
        """A word that changes with every change of what a search in the course may find, and never comes back.

        None where nothing is indexed. Raises: Unavailable.
        """
        ...
