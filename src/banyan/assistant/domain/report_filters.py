"""Reads the filters of a report, as an address or a command has them."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from banyan.assistant.domain.reporting import Filter, FilterKind, Report, Wanted
from banyan.kernel.errors import InvalidInput
from banyan.kernel.ids import check_id

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_OTHER_NAMES = {"from": "from_date", "to": "to_date", "from_date": "from", "to_date": "to"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)


def read_filters(report: Report, tenant: str, given: Iterable[tuple[str, str]]) -> Wanted:
    """Which rows are meant. An empty value counts as none. `from` and `from_date`, `to` and `to_date` are the same.

    Raises: InvalidInput (`unknown_filter`, `filter_missing`, `bad_filter`) with what there is to choose from.
    """
    known = {one.name: one for one in report.filters}
    values: dict[str, str] = {}
    for said, value in given:
        name = said if said in known else _OTHER_NAMES.get(said, said)
        if name not in known:
            raise InvalidInput(
                f"Report {report.name} has no filter {said[:50]!r}; choose from {', '.join(known) or 'none'}.",
                code="unknown_filter",
                param=said[:50],
            )
        if name in values:
            raise InvalidInput(f"The filter {name} is there twice; send it once.", code="bad_filter", param=name)
        if value.strip():
            values[name] = value.strip()
    missing = [one.name for one in report.filters if one.required and one.name not in values]
    if missing:
        raise InvalidInput(
            f"Report {report.name} needs {' and '.join(missing)}; add {'it' if len(missing) == 1 else 'them'}.",
            code="filter_missing",
            param=missing[0],
        )
    wanted = Wanted(tenant)
    for one in report.filters:
        if value := values.get(one.name, one.default):
            wanted = _narrowed(wanted, one, value)
    if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
        raise InvalidInput("The period ends before it begins; exchange its ends.", code="bad_filter", param="from")
    return wanted


def period(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    """Two days, both within; without them the month up to today. Raises: InvalidInput."""
    to = _day(last, "to") if last else today
    since = _day(first, "from") if first else _month_before(to)
    if since > to:
        raise InvalidInput("The period ends before it begins; exchange its ends.", code="bad_filter", param="from")
    if to.year == date.max.year:
        raise _no_day(str(to), "to")
    if to - since > timedelta(days=3660):
        raise InvalidInput("A series has ten years at most; choose a shorter period.", code="bad_filter", param="from")
    return since, to


def widened(wanted: Wanted, now: datetime) -> Wanted:
    """The same in whole weeks that are over, Monday to Sunday in UTC."""
    until = _monday(now)
    if wanted.until is not None and wanted.until < until:
        until = _monday(wanted.until - _INSTANT) + 7 * _DAY
    since = None if wanted.since is None else _monday(wanted.since)
    return replace(wanted, since=since, until=until, whole_weeks=True)


def _monday(at: datetime) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - min(timedelta(days=at.weekday()), midnight - datetime.min.replace(tzinfo=UTC))


def _narrowed(wanted: Wanted, one: Filter, value: str) -> Wanted:
    if one.kind is FilterKind.CHOICE:
        if value not in one.choices:
            raise InvalidInput(
                f"{one.name} is {value[:50]!r}; choose from {', '.join(one.choices)}.",
                code="bad_filter",
                param=one.name,
            )
        return replace(wanted, chosen={**wanted.chosen, one.name: one.choices[value]})
    if one.kind in (FilterKind.DATE, FilterKind.MOMENT):
        return _in_time(wanted, one, value)
    check_id(value, one.name)
    if one.kind is FilterKind.COURSE:
        return replace(wanted, courses=(value,))
    if one.kind is FilterKind.LESSON:
        return replace(wanted, lesson=value)
    return replace(wanted, user=value)


def _in_time(wanted: Wanted, one: Filter, value: str) -> Wanted:
    whole_day = one.kind is FilterKind.DATE or _DATE.fullmatch(value) is not None
    at = datetime.combine(_day(value, one.name), time(), UTC) if whole_day else _moment(value, one.name)
    try:
        if one.name.startswith("from"):
            return replace(wanted, since=at)
        return replace(wanted, until=at + (_DAY if whole_day else _INSTANT))
    except OverflowError as error:
        raise _no_day(value, one.name) from error


def _day(value: str, name: str) -> date:
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise _no_day(value, name) from error
    raise _no_day(value, name)


def _moment(value: str, name: str) -> datetime:
    try:
        if _MOMENT.fullmatch(value):
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(
        f"{name} is {value[:50]!r}, which is no time; write a day like 2026-01-31, or a date and time like "
        "2026-01-31T08:00:00Z.",
        code="bad_filter",
        param=name,
    )


def _no_day(value: str, name: str) -> InvalidInput:
    return InvalidInput(
        f"{name} is {value[:50]!r}, which is no day; write one that there is, like 2026-01-31.",
        code="bad_filter",
        param=name,
    )


def _month_before(day: date) -> date:
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return day
