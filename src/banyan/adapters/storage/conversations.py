"""Conversations in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, String, and_, bindparam, case, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from banyan.adapters.storage.charges import NoPlace, charges_of, give_back, keep_places, settle_place, take_place
from banyan.adapters.storage.conversation_tables import messages, sessions, turns
from banyan.adapters.storage.dependents import record_dependent
from banyan.adapters.storage.engine import Database
from banyan.assistant.domain.checks import UNCHECKED, Checks
from banyan.assistant.domain.notices import Notice
from banyan.assistant.domain.question import title_of
from banyan.assistant.domain.quotas import Charge, Exhausted, Hold
from banyan.assistant.domain.sessions import Claim, Session, StoredMessage, Turn
from banyan.kernel.errors import NotFound
from banyan.kernel.ids import new_id
from banyan.kernel.messages import Citation
from banyan.kernel.money import NOTHING, Money

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
    sessions.c.summary,
    sessions.c.summarised,
)
_CITATIONS = msgspec.json.Decoder(tuple[Citation, ...])
_NOTICE = msgspec.json.Decoder(Notice)
_CHECKS = msgspec.json.Decoder(Checks)


class SqlConversations:
    """The store of conversations on SQLite and PostgreSQL; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert: Any = postgresql.insert if database.dialect == "postgresql" else sqlite.insert

    async def session(self, tenant: str, session: str) -> Session | None:
        """The session of that id."""
        return await self._database.read(_session, _by_id(tenant, session))

    async def current_session(self, tenant: str, user: str, course: str, lesson: str) -> Session | None:
        """The learner's session on the lesson with the highest number."""
        return await self._database.read(_current, tenant, user, course, lesson)

    async def sessions(
        self, tenant: str, user: str, *, course: str | None = None, lesson: str | None = None, limit: int
    ) -> Sequence[Session]:
        """The learner's sessions, last used first."""
        query = select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.user == user)
        if course is not None:
            query = query.where(sessions.c.course == course)
        if lesson is not None:
            query = query.where(sessions.c.lesson == lesson)
        rows: Sequence[Any] = await self._database.read(
            _rows, query.order_by(sessions.c.updated.desc(), sessions.c.id.desc()).limit(limit)
        )
        return [Session(*row) for row in rows]

    async def ensure_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """The current session, created when there is none."""

        def work(connection: Connection) -> Session | None:
            found = _current(connection, tenant, user, course, lesson)
            return found or self._add_session(connection, tenant, user, course, lesson, 1, now)

        return await self._until_added(work)

    async def new_session(self, tenant: str, user: str, course: str, lesson: str, *, now: datetime) -> Session:
        """A session with the next number."""

        def work(connection: Connection) -> Session | None:
            current = _current(connection, tenant, user, course, lesson)
            number = current.number + 1 if current else 1
            return self._add_session(connection, tenant, user, course, lesson, number, now)

        return await self._until_added(work)

    async def messages(
        self, tenant: str, session: str, *, limit: int, before: int | None = None
    ) -> Sequence[StoredMessage]:
        """The newest messages, in order of position."""
        return await self._database.read(_newest, tenant, session, limit, before)

    async def turn(self, tenant: str, user: str, key: str) -> Turn | None:
        """The turn that holds the key, with its session and its question."""
        return await self._database.read(_turn, tenant, user, key)

    async def answer(self, tenant: str, session: str, answer: str) -> StoredMessage | None:
        """The answer of that id."""
        query = select(messages).where(
            messages.c.tenant == tenant, messages.c.session == session, messages.c.id == answer
        )
        rows = await self._database.read(_rows, query)
        return read_message(rows[0]) if rows else None

    async def begin_turn(
        self, session: Session, question: str, claim: Claim | None, *, now: datetime, hold: Hold | None = None
    ) -> Turn | Exhausted | None:
        """Takes the next place in the session and stores the question there."""
        asked, answer_id = new_id("msg"), new_id("msg")

        def work(connection: Connection) -> StoredMessage | None:
            if claim is not None and not self._add_turn(connection, session, asked, answer_id, claim):
                return None
            if hold is not None:
                take_place(connection, session, asked, hold, now)
            next_position = connection.scalar(
                _ADVANCE,
                {"of_tenant": session.tenant, "of_id": session.id, "first": title_of(question), "now": now},
            )
            if next_position is None:
                raise NotFound("This session has been deleted; ask again to begin a new one.", code="unknown_session")
            stored = StoredMessage(asked, session.id, next_position - 2, "user", question, now)
            connection.execute(_ADD_MESSAGE, {"tenant": session.tenant, **_columns(stored)})
            return stored

        try:
            stored = await self._database.write(work)
        except NoPlace as refused:
            return refused.exhausted
        return None if stored is None else Turn(session, stored, answer_id, claim)

    async def take_over(
        self, turn: Turn, claim: Claim, *, now: datetime, hold: Hold | None = None
    ) -> Turn | Exhausted | None:
        """Puts the claim in the place of the turn's present one, if that is still there."""
        change = _held(turn).values(attempt=claim.attempt, state=claim.state, expires=claim.expires)

        def work(connection: Connection) -> bool:
            if not _changed(connection, change):
                return False
            if hold is not None:
                take_place(connection, turn.session, turn.question.id, hold, now)
            return True

        try:
            taken = await self._database.write(work)
        except NoPlace as refused:
            return refused.exhausted
        return Turn(turn.session, turn.question, turn.answer_id, claim) if taken else None

    async def renew(self, turns: Sequence[Turn], expires: datetime) -> None:
        """Puts off the expiry of the claims that still are what they were, and of the turns' places."""

        def work(connection: Connection) -> None:
            places: dict[str, list[str]] = {}
            for turn in turns:
                if turn.claim is None or _changed(connection, _held(turn).values(expires=expires)):
                    places.setdefault(turn.session.tenant, []).append(turn.question.id)
            for tenant, questions in places.items():
                keep_places(connection, tenant, questions, expires)

        await self._database.write(work)

    async def finish_turn(self, turn: Turn, answer: StoredMessage, *, price: Money = NOTHING) -> bool:
        """Stores the answer, in place of an earlier try's."""
        columns = _columns(answer)

        def work(connection: Connection) -> bool:
            if turn.claim is not None and not _changed(connection, _held(turn).values(state=answer.status)):
                return False
            if answer.status == "failed":
                give_back(connection, turn.session.tenant, turn.question.id)
            else:
                settle_place(connection, turn.session.tenant, turn.question.id, price)
            connection.execute(_PUT_MESSAGE[connection.dialect.name], {"tenant": turn.session.tenant, **columns})
            session = turn.session
            cites = answer.citations if answer.status == "complete" else ()
            record_dependent(connection, session.tenant, "answer", answer.id, session.course, cites, answer.created)
            return True

        return await self._database.write(work)

    async def summarise(self, session: Session, summary: str, upto: int) -> None:
        """Puts the summary in the place of one that ends earlier."""
        change = update(sessions).where(
            sessions.c.tenant == session.tenant, sessions.c.id == session.id, sessions.c.summarised < upto
        )
        await self._database.write(_changed, change.values(summary=summary, summarised=upto))

    async def charges(self, tenant: str, user: str, course: str, *, now: datetime) -> Sequence[Charge]:
        """What counts now of the learner's questions in the course, oldest first."""
        return await self._database.read(charges_of, tenant, user, course, now)

    async def _until_added(self, work: Callable[[Connection], Session | None]) -> Session:
        while (session := await self._database.write(work)) is None:
            pass  # another transaction has just taken the number
        return session

    def _add_session(
        self, connection: Connection, tenant: str, user: str, course: str, lesson: str, number: int, now: datetime
    ) -> Session | None:
        """The new session, or None when another transaction has just taken the number."""
        session = Session(tenant, new_id("ses"), user, course, lesson, number, "", now, now)
        statement = self._insert(sessions).values(next_position=0, **asdict(session)).on_conflict_do_nothing()
        return session if _changed(connection, statement) else None

    def _add_turn(self, connection: Connection, session: Session, question: str, answer: str, claim: Claim) -> bool:
        """Whether the key was free."""
        statement = (
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
        return _changed(connection, statement)


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def _changed(connection: Connection, statement: Any) -> bool:
    """Whether the statement touched a row."""
    return connection.execute(statement).rowcount > 0


def _session(connection: Connection, query: Select[Any]) -> Session | None:
    row = connection.execute(query).first()
    return None if row is None else Session(*row)


def _turn(connection: Connection, tenant: str, user: str, key: str) -> Turn | None:
    query = (
        select(turns, messages.c.position, messages.c.content, messages.c.created)
        .join(messages, and_(messages.c.tenant == turns.c.tenant, messages.c.id == turns.c.question))
        .where(turns.c.tenant == tenant, turns.c.user == user, turns.c.key == key)
    )
    row = connection.execute(query).one_or_none()
    session = None if row is None else _session(connection, _by_id(tenant, row.session))
    if row is None or session is None:
        return None
    question = StoredMessage(row.question, row.session, row.position, "user", row.content, row.created)
    claim = Claim(row.key, row.request_hash, row.attempt, row.state, row.expires)
    return Turn(session, question, row.answer, claim)


def _by_id(tenant: str, session: str) -> Select[Any]:
    return select(*_SESSION).where(sessions.c.tenant == tenant, sessions.c.id == session)


_OF_LESSON = (
    select(*_SESSION)
    .where(
        sessions.c.tenant == bindparam("tenant"),
        sessions.c.user == bindparam("user"),
        sessions.c.course == bindparam("course"),
        sessions.c.lesson == bindparam("lesson"),
    )
    .order_by(sessions.c.number.desc())
    .limit(1)
)
"""The learner's current session on the lesson. Built once: every turn asks for it."""


def _current(connection: Connection, tenant: str, user: str, course: str, lesson: str) -> Session | None:
    place = {"tenant": tenant, "user": user, "course": course, "lesson": lesson}
    row = connection.execute(_OF_LESSON, place).first()
    return None if row is None else Session(*row)


def _putting(insert: Any) -> Any:
    fresh = insert(messages)
    again = {column.name: fresh.excluded[column.name] for column in messages.c if column.name != "tenant"}
    return fresh.on_conflict_do_update(index_elements=["tenant", "id"], set_=again)


_ADD_MESSAGE = insert(messages)
_PUT_MESSAGE = {"sqlite": _putting(sqlite.insert), "postgresql": _putting(postgresql.insert)}
_ADVANCE = (
    update(sessions)
    .where(sessions.c.tenant == bindparam("of_tenant"), sessions.c.id == bindparam("of_id"))
    .values(
        next_position=sessions.c.next_position + 2,
        title=case((sessions.c.next_position == 0, bindparam("first", type_=String)), else_=sessions.c.title),
        updated=bindparam("now"),
    )
    .returning(sessions.c.next_position)
)
_NEWEST = (
    select(messages)
    .where(
        messages.c.tenant == bindparam("tenant"),
        messages.c.session == bindparam("session"),
        messages.c.position < bindparam("before"),
    )
    .order_by(messages.c.position.desc())
    .limit(bindparam("most"))
)
_LAST_POSITION = 2**31 - 1


def _newest(connection: Connection, tenant: str, session: str, most: int, before: int | None) -> list[StoredMessage]:
    before = _LAST_POSITION if before is None else before
    asked = {"tenant": tenant, "session": session, "before": before, "most": most}
    return [read_message(row) for row in reversed(connection.execute(_NEWEST, asked).all())]


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
        "notice_json": None if message.notice is None else msgspec.json.encode(message.notice).decode(),
        "checks_json": msgspec.json.encode(message.checks).decode() if message.checks != UNCHECKED else None,
    }


def read_message(row: Row[Any]) -> StoredMessage:
    """A row of `messages` as a value."""
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
        notice=None if row.notice_json is None else _NOTICE.decode(row.notice_json),
        checks=UNCHECKED if row.checks_json is None else _CHECKS.decode(row.checks_json),
    )
