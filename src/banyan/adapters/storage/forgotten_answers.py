"""Tells all processes that share a database whose cached answers are to be forgotten."""

from banyan.adapters.storage.changes import changes_by_tenant, mark_changed
from banyan.adapters.storage.engine import Database

_TOPIC = "answers"


class SqlForgottenAnswers:
    """Implements `ForgottenAnswers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tenant: str) -> None:
        """As the port says."""
        await self._database.write(mark_changed, _TOPIC, tenant)

    async def numbers(self) -> dict[str, int]:
        """As the port says."""
        return await self._database.read(changes_by_tenant, _TOPIC)
