"""What statements of reports are made of, on both engines."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Connection, Integer, String, Table, cast, func, select

from banyan.adapters.storage.turn_tables import turn_log
from banyan.assistant.domain.reporting import LEAST_LEARNERS, Wanted

_WEEK, _TO_MONDAY = 604_800, 259_200
"""Seconds; 1970 began on a Thursday."""


def within(table: Table, wanted: Wanted, at: str = "at") -> list[ColumnElement[bool]]:
    """The rows that the filters select. at: the column of the time; "" for whenever."""
    columns = table.c
    found: list[ColumnElement[bool]] = [columns.tenant == wanted.tenant]
    if wanted.courses is not None:
        found.append(columns.course.in_(wanted.courses))
    if wanted.lesson is not None:
        found.append(columns.lesson == wanted.lesson)
    if wanted.user is not None:
        found.append(columns.user == wanted.user)
    return [*found, *(in_time(columns[at], wanted) if at else [])]


def in_time(at: ColumnElement[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    """From `since` on, before `until`."""
    return [
        *([] if wanted.since is None else [at >= wanted.since]),
        *([] if wanted.until is None else [at < wanted.until]),
    ]


def week_of(connection: Connection, at: ColumnElement[Any]) -> ColumnElement[int]:
    """A number for each week from Monday to Sunday, in UTC."""
    if connection.dialect.name == "postgresql":
        return cast(func.floor((func.extract("epoch", at) + _TO_MONDAY) / _WEEK), BigInteger)
    seconds = cast(func.strftime("%s", at, type_=String), Integer)
    return (seconds + _TO_MONDAY).op("/", return_type=Integer())(_WEEK)


def in_full_weeks(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Rows of the log, without those of weeks in which too few people asked in their course."""
    if not wanted.whole_weeks:
        return []
    other = turn_log.alias("full")
    week = week_of(connection, other.c.at)
    mine = [other.c.tenant == wanted.tenant, *in_time(other.c.at, wanted)]
    if wanted.courses is not None:
        mine.append(other.c.course.in_(wanted.courses))
    full = (
        select(other.c.course.label("course"), week.label("week"))
        .where(*mine)
        .group_by(other.c.course, week)
        .having(func.count(other.c.user.distinct()) >= LEAST_LEARNERS)
        .subquery()
    )
    here = (full.c.course == turn_log.c.course) & (full.c.week == week_of(connection, turn_log.c.at))
    return [select(1).select_from(full).where(here).exists()]


def cited(connection: Connection, citations: ColumnElement[str]) -> Any:
    """A table with one row for each citation in a list of them, to join with its message."""
    if connection.dialect.name == "postgresql":
        return func.json_array_elements(cast(citations, JSON)).table_valued("value", joins_implicitly=True)
    return func.json_each(citations).table_valued("value", joins_implicitly=True)


def part_of(connection: Connection, value: ColumnElement[Any], name: str) -> ColumnElement[str]:
    """A field of a JSON object as text; a list as JSON."""
    if connection.dialect.name == "postgresql":
        return cast(value, JSON).op("->>", return_type=String())(name)
    return func.json_extract(value, f"$.{name}", type_=String)


def first_of(connection: Connection, citations: ColumnElement[str], name: str) -> ColumnElement[str]:
    """The field of the first citation; null where there is none."""
    if connection.dialect.name == "postgresql":
        first = cast(citations, JSON).op("->", return_type=JSON())(0)
        return first.op("->>", return_type=String())(name)
    return func.json_extract(citations, f"$[0].{name}", type_=String)
