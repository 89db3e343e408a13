"""Conversations in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, and_, case, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from banyan.adapters.storage.conversation_tables import messages, sessions, turns
from banyan.adapters.storage.engine import Database
from banyan.assistant.domain.question import title_of
from banyan.assistant.domain.sessions import Claim, Session, StoredMessage, Turn
from banyan.kernel.errors import NotFound
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation

_SESSION = (
    sessions.c.tenant,
    sessions.c.id,
    sessions.c.user,
    sessions.c.course,
    sessions.c.lesson,
    sessions.c.number,
    sessions.c.title,
    sessions.c.created,
    sessions.c.updated,
)
_CITATIONS = msgspec.json.Decoder(tuple[Citation, ...])


class SqlConversations:
    """The store of conversations on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert: Any = postgresql.insert if database.dialect == "postgresql" else sqlite.insert

    async def session(self, tenant: str, session: str) -> Session | None:
        """The session of that id."""
        return await self._one_session(select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.id == session))

    async def current_session(self, tenant: str, user: str, course: str, lesson: str) -> Session | None:
        """The learner's session on the lesson with the highest number."""
        return await self._one_session(_of_lesson(tenant, user, course, lesson))

    async def sessions(
        self, tenant: str, user: str, *, course: str | None = None, lesson: str | None = None, limit: int
    ) -> Sequence[Session]:
        """The learner's sessions, last used first."""
        query = select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.user == user)
        if course is not None:
            query = query.where(sessions.c.course == course)
        if lesson is not None:
            query = query.where(sessions.c.lesson == lesson)
        async with self._database.reading() as connection:
            rows = await connection.execute(
                query.order_by(sessions.c.updated.desc(), sessions.c.id.desc()).limit(limit)
            )
            return [Session(*row) for row in rows]

    async def ensure_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """The current session, created when there is none."""
        while True:
            async with self._database.writing() as connection:
                found = await _session(connection, _of_lesson(tenant, user, course, lesson))
                created = found or await self._add_session(connection, tenant, user, course, lesson, 1, now)
            if created is not None:
                return created

    async def new_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """A session with the next number."""
        while True:
            async with self._database.writing() as connection:
                current = await _session(connection, _of_lesson(tenant, user, course, lesson))
                number = current.number + 1 if current else 1
                created = await self._add_session(connection, tenant, user, course, lesson, number, now)
            if created is not None:
                return created

    async def messages(
        self, tenant: str, session: str, *, limit: int, before: int | None = None
    ) -> Sequence[StoredMessage]:
        """The newest messages, in order of position."""
        query = select(messages).where(messages.c.tenant == tenant, messages.c.session == session)
        if before is not None:
            query = query.where(messages.c.position < before)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(messages.c.position.desc()).limit(limit))
            return [_message(row) for row in reversed(rows.all())]

    async def turn(self, tenant: str, user: str, key: str) -> Turn | None:
        """The turn that holds the key, with its session and its question."""
        query = (
            select(turns, messages.c.position, messages.c.content, messages.c.created)
            .join(messages, and_(messages.c.tenant == turns.c.tenant, messages.c.id == turns.c.question))
            .where(turns.c.tenant == tenant, turns.c.user == user, turns.c.key == key)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            session = await _session(
                connection, select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.id == row.session)
            )
        if session is None:
            return None
        question = StoredMessage(row.question, row.session, row.position, "user", row.content, row.created)
        return Turn(
            session, question, row.answer, Claim(row.key, row.request_hash, row.attempt, row.state, row.expires)
        )

    async def answer(self, tenant: str, session: str, answer: str) -> StoredMessage | None:
        """The answer of that id."""
        query = select(messages).where(
            messages.c.tenant == tenant, messages.c.session == session, messages.c.id == answer
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _message(row)

    async def begin_turn(self, session: Session, question: str, claim: Claim | None, *, now: datetime) -> Turn | None:
        """Takes the next place in the session and stores the question there."""
        asked, answer_id = new_id("msg"), new_id("msg")
        async with self._database.writing() as connection:
            if claim is not None and not await self._add_turn(connection, session, asked, answer_id, claim):
                return None
            next_position = await connection.scalar(
                update(sessions)
                .where(sessions.c.tenant == session.tenant, sessions.c.id == session.id)
                .values(
                    next_position=sessions.c.next_position + 2,
                    title=case((sessions.c.next_position == 0, title_of(question)), else_=sessions.c.title),
                    updated=now,
                )
                .returning(sessions.c.next_position)
            )
            if next_position is None:
                raise NotFound("This session has been deleted; ask again to begin a new one.", code="unknown_session")
            stored = StoredMessage(asked, session.id, next_position - 2, "user", question, now)
            await connection.execute(insert(messages).values(tenant=session.tenant, **_columns(stored)))
        return Turn(session, stored, answer_id, claim)

    async def take_over(self, turn: Turn, claim: Claim) -> Turn | None:
        """Puts the claim in the place of the turn's present one, if that is still there."""
        async with self._database.writing() as connection:
            taken = await connection.execute(
                _held(turn).values(attempt=claim.attempt, state=claim.state, expires=claim.expires)
            )
        return Turn(turn.session, turn.question, turn.answer_id, claim) if taken.rowcount else None

    async def renew(self, turns: Sequence[Turn], expires: datetime) -> None:
        """Puts off the expiry of the claims that still are what they were."""
        async with self._database.writing() as connection:
            for turn in turns:
                await connection.execute(_held(turn).values(expires=expires))

    async def finish_turn(self, turn: Turn, answer: StoredMessage) -> bool:
        """Stores the answer, in place of an earlier try's."""
        columns = _columns(answer)
        async with self._database.writing() as connection:
            if turn.claim is not None:
                settled = await connection.execute(_held(turn).values(state=answer.status))
                if not settled.rowcount:
                    return False
            await connection.execute(
                self._insert(messages)
                .values(tenant=turn.session.tenant, **columns)
                .on_conflict_do_update(index_elements=["tenant", "id"], set_=columns)
            )
        return True

    async def _one_session(self, query: Select[Any]) -> Session | None:
        async with self._database.reading() as connection:
            return await _session(connection, query)

    async def _add_session(
        self, connection: AsyncConnection, tenant: str, user: str, course: str, lesson: str, number: int, now: datetime
    ) -> Session | None:
        """The new session, or None when another transaction has just taken the number."""
        session = Session(tenant, new_id("ses"), user, course, lesson, number, "", now, now)
        added = await connection.execute(
            self._insert(sessions).values(next_position=0, **asdict(session)).on_conflict_do_nothing()
        )
        return session if added.rowcount else None

    async def _add_turn(
        self, connection: AsyncConnection, session: Session, question: str, answer: str, claim: Claim
    ) -> bool:
        """Whether the key was free."""
        added = await connection.execute(
            self._insert(turns)
            .values(
                tenant=session.tenant,
                user=session.user,
                key=claim.key,
                request_hash=claim.request_hash,
                session=session.id,
                question=question,
                answer=answer,
                attempt=claim.attempt,
                state=claim.state,
                expires=claim.expires,
            )
            .on_conflict_do_nothing()
        )
        return bool(added.rowcount)


async def _session(connection: AsyncConnection, query: Select[Any]) -> Session | None:
    row = (await connection.execute(query)).first()
    return None if row is None else Session(*row)


def _of_lesson(tenant: str, user: str, course: str, lesson: str) -> Select[Any]:
    """The learner's sessions on the lesson, the current one first."""
    return (
        select(*_SESSION)
        .where(
            sessions.c.tenant == tenant,
            sessions.c.user == user,
            sessions.c.course == course,
            sessions.c.lesson == lesson,
        )
        .order_by(sessions.c.number.desc())
        .limit(1)
    )


def _held(turn: Turn) -> Any:
    """An update of the turn's row, as long as the turn's own try holds it."""
    assert turn.claim is not None
    return update(turns).where(
        turns.c.tenant == turn.session.tenant,
        turns.c.user == turn.session.user,
        turns.c.key == turn.claim.key,
        turns.c.attempt == turn.claim.attempt,
    )


def _columns(message: StoredMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "session": message.session,
        "position": message.position,
        "role": message.role,
        "content": message.content,
        "citations_json": msgspec.json.encode(message.citations).decode(),
        "status": message.status,
        "model": message.model,
        "finish_reason": message.finish_reason,
        "prompt_tokens": message.prompt_tokens,
        "completion_tokens": message.completion_tokens,
        "created": message.created,
    }


def _message(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        session=row.session,
        position=row.position,
        role=row.role,
        content=row.content,
        created=row.created,
        status=row.status,
        citations=_CITATIONS.decode(row.citations_json),
        model=row.model,
        finish_reason=row.finish_reason,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
    )
