"""What a report is: a question, its filters, and the columns of its answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LEAST_LEARNERS = 5
"""Fewer people than this are not shown as a group to anybody but admins."""
MOST_ROWS = 10_000
Row = Sequence[Any]


class ColumnKind(StrEnum):
    """How a column is shown. money: dollars as an exact decimal number. percent: 0 to 100."""

    TEXT = "text"
    COURSE = "course"
    LESSON = "lesson"
    USER = "user"
    INTEGER = "integer"
    PERCENT = "percent"
    MOMENT = "moment"
    MONEY = "money"


class FilterKind(StrEnum):
    """What a filter takes. date: a day. moment: a day, or a date and time. The last day, or second, is included."""

    COURSE = "course"
    LESSON = "lesson"
    USER = "user"
    CHOICE = "choice"
    DATE = "date"
    MOMENT = "moment"


class Privacy(StrEnum):
    """What whoever is not an admin sees. named: all of it.

    among: nothing of courses where fewer than five learners asked in what the filters select.
    grouped: whole weeks that are over alone, without those in which fewer than five learners asked in a course.
    """

    NAMED = "named"
    AMONG = "among"
    GROUPED = "grouped"


class Source(StrEnum):
    """Where the rows come from, and whose people are counted: chats, the log of turns, or the index."""

    CHATS = "chats"
    LOG = "log"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Column:
    """One value of each row."""

    name: str
    label: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows a report down. choices: of a choice, with what each stands for in the rows."""

    name: str
    label: str
    kind: FilterKind
    required: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """For whom rows are arranged. names: of people who must not be named. exact: single learners may be shown."""

    names: frozenset[str] = frozenset()
    exact: bool = True


Arrange = Callable[[Sequence[Row], About], Sequence[Row]]


def as_they_are(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """The rows are the answer already."""
    return rows


@dataclass(frozen=True, slots=True)
class Report:
    """One report. title: also a name by which it is asked for. measures: what its figures mean, in sentences.

    arrange: makes rows out of what is stored. most: rows that are read. redacted: whether people's names are taken out.
    """

    name: str
    title: str
    measures: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    source: Source = Source.LOG
    privacy: Privacy = Privacy.NAMED
    arrange: Arrange = as_they_are
    most: int = MOST_ROWS
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are meant; None for all. courses: any of these. since is within, until is not.

    chosen: by filter, which values. whole_weeks: without weeks in which fewer than five learners asked.
    """

    tenant: str
    courses: tuple[str, ...] | None = None
    lesson: str | None = None
    user: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole_weeks: bool = False


COURSE = Column("course", "Course", ColumnKind.COURSE)
LESSON = Column("lesson", "Lesson", ColumnKind.LESSON)
PLACE = (Column("heading", "Heading"), Column("anchor", "Anchor"))
BY_COURSE = Filter("course", "Course", FilterKind.COURSE)
BY_LESSON = Filter("lesson", "Lesson", FilterKind.LESSON)
BY_DATE = (Filter("from_date", "From Date", FilterKind.DATE), Filter("to_date", "To Date", FilterKind.DATE))


def count(name: str, label: str) -> Column:
    """A column of whole numbers."""
    return Column(name, label, ColumnKind.INTEGER)


def with_headings(rows: Sequence[Row], about: About) -> Sequence[Row]:
    """An `arrange` for rows of course, lesson and heading: a path, kept as a list in JSON, as people read it."""
    return [(course, lesson, " › ".join(json.loads(path or "[]")), *rest) for course, lesson, path, *rest in rows]


def percent(part: int, whole: int) -> float:
    """With two decimals; 0 of nothing."""
    return round(part * 100 / whole, 2) if whole else 0.0
