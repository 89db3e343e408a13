"""The statements of reports on what is asked about which passage, and what finds no answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from banyan.adapters.storage.conversation_tables import messages, sessions
from banyan.adapters.storage.report_chats import OF_SESSION, of_sessions
from banyan.adapters.storage.report_parts import cited, first_of, in_time, part_of, within
from banyan.adapters.storage.teaching_tables import feedback
from banyan.adapters.storage.turn_tables import turn_log
from banyan.assistant.domain.reporting import Row, Wanted

Statement = Callable[[Connection, Wanted, int], Sequence[Row]]
_asked, _said = messages.alias("asked"), messages.alias("said")


def hot_spots(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Answers and people by cited passage."""
    one = cited(connection, messages.c.citations_json)
    place = [part_of(connection, one.c.value, name).label(name) for name in ("lesson", "heading", "anchor")]
    found = (
        select(sessions.c.course, *place, messages.c.id, sessions.c.user)
        .select_from(sessions.join(messages, OF_SESSION), one)
        .where(*of_sessions(wanted), *in_time(messages.c.created, wanted), messages.c.role == "assistant")
        .subquery()
    )
    columns = (found.c.course, found.c.lesson, found.c.heading, found.c.anchor)
    questions = func.count(found.c.id.distinct())
    query = (
        select(*columns, questions, func.count(found.c.user.distinct()))
        .group_by(*columns)
        .order_by(questions.desc(), *columns)
        .limit(limit)
    )
    return connection.execute(query).all()


def unanswered(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """The newest questions first."""
    log = turn_log.c
    why = case((log.notice == "off_topic", "off_topic"), (log.outcome == "failed", "failed"), else_="not_covered")
    nothing = or_(log.covered.is_(False), log.outcome == "failed", log.notice.in_(("not_covered", "off_topic")))
    answer = and_(_said.c.tenant == log.tenant, _said.c.id == log.message)
    question = and_(
        _asked.c.tenant == _said.c.tenant,
        _asked.c.session == _said.c.session,
        _asked.c.position == _said.c.position - 1,
    )
    query = (
        select(log.course, log.lesson, why, _asked.c.content, log.user, log.at)
        .select_from(turn_log.join(_said, answer).join(_asked, question))
        .where(*within(turn_log, wanted), log.surface == "chat", nothing)
        .order_by(log.at.desc(), log.id.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def misconceptions(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Signs of trouble by the first passage that answers cite."""
    place = [first_of(connection, messages.c.citations_json, name).label(name) for name in _PLACE]
    answers = (
        select(sessions.c.tenant, sessions.c.course, sessions.c.user, messages.c.session, messages.c.id)
        .add_columns(messages.c.position, *place)
        .select_from(sessions.join(messages, OF_SESSION))
        .where(*of_sessions(wanted), *in_time(messages.c.created, wanted), messages.c.role == "assistant")
        .subquery()
    )
    followed = [
        func.lead(answers.c[name])
        .over(partition_by=answers.c.session, order_by=answers.c.position)
        .label(f"next_{name}")
        for name in _PLACE
    ]
    later = select(answers, *followed).subquery()
    same = and_(*(later.c[name] == later.c[f"next_{name}"] for name in _PLACE))
    down = feedback.c.rating == "down"
    again, against = _many(same), _many(down)
    columns = (later.c.course, *(later.c[name] for name in _PLACE))
    people = func.count(case((or_(same, down), later.c.user)).distinct())
    given = and_(feedback.c.tenant == later.c.tenant, feedback.c.message == later.c.id)
    query = (
        select(*columns, again, against, _said_of("wrong"), _said_of("unclear"), _many(feedback.c.rating == "up"))
        .add_columns(people)
        .select_from(later.outerjoin(feedback, given))
        .where(later.c.lesson.is_not(None))
        .group_by(*columns)
        .having(again + against > 0)
        .order_by((again + against).desc(), *columns)
        .limit(limit)
    )
    return [(*row[:4], *map(int, row[4:])) for row in connection.execute(query)]


_PLACE = ("lesson", "heading", "anchor")


def _many(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _said_of(reason: str) -> ColumnElement[Any]:
    return _many(and_(feedback.c.rating == "down", feedback.c.reasons_json.contains(f'"{reason}"')))


def bounce(connection: Connection, wanted: Wanted, limit: int) -> Sequence[Row]:
    """Sessions by lesson, those with one question, and those of them without a thumb up."""
    mine = and_(feedback.c.tenant == sessions.c.tenant, feedback.c.session == sessions.c.id, feedback.c.rating == "up")
    asked = (
        select(sessions.c.course, sessions.c.lesson, sessions.c.id)
        .add_columns(func.count().label("questions"), select(1).where(mine).exists().label("liked"))
        .select_from(sessions.join(messages, OF_SESSION))
        .where(*within(sessions, wanted, "created"), messages.c.role == "user")
        .group_by(sessions.c.tenant, sessions.c.id, sessions.c.course, sessions.c.lesson)
        .subquery()
    )
    single = asked.c.questions == 1
    bounced = _many(and_(single, ~asked.c.liked))
    query = (
        select(asked.c.course, asked.c.lesson, func.count(), _many(single), bounced)
        .group_by(asked.c.course, asked.c.lesson)
        .order_by(bounced.desc(), asked.c.course, asked.c.lesson)
        .limit(limit)
    )
    return [(*row[:3], *map(int, row[3:])) for row in connection.execute(query)]


STATEMENTS: Mapping[str, Statement] = {
    "first-turn-bounce": bounce,
    "hot-spots": hot_spots,
    "misconceptions": misconceptions,
    "unanswered": unanswered,
}
