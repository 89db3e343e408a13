"""What was said in chats, read for staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.conversations import read_message
from banyan.adapters.storage.engine import Database
from banyan.assistant.domain.mining import Exchange
from banyan.assistant.domain.sessions import Session
from banyan.assistant.ports.chat_reader import Answered

_SESSION = [sessions.c[name] for name in Session.__dataclass_fields__]
_asked, _said = messages.alias("asked"), messages.alias("said")
_PAIRED = (
    (_asked.c.tenant == _said.c.tenant)
    & (_asked.c.session == _said.c.session)
    & (_asked.c.position == _said.c.position - 1)
)


class SqlChatReader:
    """Over the tables of conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exchanges(
        self, tenant: str, course: str, *, lesson: str | None, since: datetime | None, limit: int
    ) -> Sequence[Exchange]:
        """As the port says."""
        columns = (
            sessions.c.id,
            sessions.c.user,
            sessions.c.lesson,
            _asked.c.content,
            _said.c.prompt_tokens,
            _said.c.completion_tokens,
        )
        query = (
            select(*columns)
            .join(_said, (_said.c.tenant == sessions.c.tenant) & (_said.c.session == sessions.c.id))
            .join(_asked, _PAIRED)
            .where(sessions.c.tenant == tenant, sessions.c.course == course)
            .where(_said.c.role == "assistant", _said.c.status == "complete", _said.c.finish_reason == "stop")
            .where(_said.c.model != "banyan/faq")
        )
        if lesson is not None:
            query = query.where(sessions.c.lesson == lesson)
        if since is not None:
            query = query.where(_asked.c.created >= since)
        rows = await self._database.read(_rows, query.order_by(_asked.c.created.desc(), _asked.c.id).limit(limit))
        return [Exchange(*row) for row in rows]

    async def answered(self, tenant: str, ids: Sequence[str]) -> Sequence[Answered]:
        """As the port says."""
        if not ids:
            return []
        return await self._database.read(_answered, tenant, ids)


def _answered(connection: Connection, tenant: str, ids: Sequence[str]) -> list[Answered]:
    wanted = select(messages).where(messages.c.tenant == tenant, messages.c.id.in_(ids), messages.c.role == "assistant")
    answers = connection.execute(wanted).all()
    of = [row.session for row in answers]
    mine = select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.id.in_(of))
    found = {row.id: Session(*row) for row in connection.execute(mine)}
    asked = select(messages).where(messages.c.tenant == tenant, messages.c.session.in_(of), messages.c.role == "user")
    questions = {(row.session, row.position): read_message(row) for row in connection.execute(asked)}
    return [
        Answered(found[row.session], questions.get((row.session, row.position - 1)), read_message(row))
        for row in answers
    ]


def _rows(connection: Connection, query: Any) -> Sequence[Any]:
    return connection.execute(query).all()
