"""The statements of reports on conversations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.report_parts import in_time, within
from banyan.assistant.domain.reporting import Row, Wanted

Statement = Callable[[Connection, Wanted, int], Sequence[Row]]
OF_SESSION = and_(messages.c.tenant == sessions.c.tenant, messages.c.session == sessions.c.id)


def of_sessions(wanted: Wanted) -> list[Any]:
    """Sessions of the courses, lesson and learner, whenever they were."""
    return within(sessions, wanted, "")


def chat_usage(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Sessions with their messages, by lesson."""
    at = func.coalesce(messages.c.created, sessions.c.created)
    columns = (
        sessions.c.course,
        sessions.c.lesson,
        func.count(sessions.c.id.distinct()),
        func.count(messages.c.id),
        func.count(sessions.c.user.distinct()),
        func.min(at),
        func.max(at).label("last"),
    )
    query = (
        select(*columns)
        .outerjoin(messages, OF_SESSION)
        .where(*within(sessions, wanted, "created"))
        .group_by(sessions.c.course, sessions.c.lesson)
        .order_by(func.max(at).desc(), sessions.c.course, sessions.c.lesson)
        .limit(limit)
    )
    return connection.execute(query).all()


def chat_lesson_detail(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """The newest messages first."""
    query = (
        select(messages.c.created, messages.c.role, sessions.c.user, messages.c.content)
        .join(sessions, OF_SESSION)
        .where(*of_sessions(wanted), *in_time(messages.c.created, wanted))
        .order_by(messages.c.created.desc(), messages.c.session, messages.c.position.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def learners(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many different people asked, by course."""
    query = (
        select(sessions.c.course, func.count(sessions.c.user.distinct()))
        .join(messages, OF_SESSION)
        .where(*of_sessions(wanted), *in_time(messages.c.created, wanted), messages.c.role == "user")
        .group_by(sessions.c.course)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


STATEMENTS: Mapping[str, Statement] = {
    "chat-lesson-detail": chat_lesson_detail,
    "chat-usage": chat_usage,
}
