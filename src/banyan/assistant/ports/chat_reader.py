"""The port to what was said in chats, for staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from banyan.assistant.domain.mining import Exchange
from banyan.assistant.domain.sessions import Session, StoredMessage


class Answered(Struct, frozen=True):
    """An answer, the question before it, and whose session they stand in."""

    session: Session
    question: StoredMessage | None
    answer: StoredMessage


class ChatReader(Protocol):
    """Every call names the tenant; nothing of another tenant is ever found."""

    async def exchanges(
        self, tenant: str, course: str, *, lesson: str | None, since: datetime | None, limit: int
    ) -> Sequence[Exchange]:
        """The newest questions with whole answers of a model, each with the answer to it in the same session."""
        ...

    async def answered(self, tenant: str, messages: Sequence[str]) -> Sequence[Answered]:
        """The answers of these ids that there are, in no order."""
        ...
