"""Answers a chart: one value for each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from banyan.assistant.domain.charts import CHARTS, Chart
from banyan.assistant.domain.report_filters import period
from banyan.assistant.domain.reporting import LEAST_LEARNERS, Wanted
from banyan.assistant.ports.index_stock import IndexStock
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.report_reader import DayValue, ReportReader
from banyan.assistant.usecases.show_report import SEES_PERSONS, courses_of
from banyan.kernel.clock import Clock
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity

_DAY = timedelta(days=1)
EMBEDDED = "embedded-chunks"


@dataclass(frozen=True, slots=True)
class Drawn:
    """points: every day from `since` to `until`, both within; None for a value that is kept back."""

    chart: Chart
    since: date
    until: date
    points: Sequence[tuple[date, float | None]]
    notes: tuple[str, ...] = ()


def chart_named(name: str) -> Chart:
    """By name, title or folder, in any letters. Raises: NotFound (`unknown_chart`)."""
    plain = name.strip().casefold()
    for one in CHARTS.values():
        if plain in (one.name, one.title.casefold(), one.folder):
            return one
    raise NotFound(f"There is no chart {name[:50]!r}; choose from {', '.join(CHARTS)}.", code="unknown_chart")


@dataclass(frozen=True, slots=True)
class ShowChart:
    """The use case, for staff."""

    reader: ReportReader
    stock: IndexStock
    platform: LearningPlatform
    clock: Clock

    async def __call__(
        self, asker: Identity, name: str, course: str | None, first: str | None, last: str | None
    ) -> Drawn:
        """first, last: days like 2026-01-31. Raises: NotFound, InvalidInput, NotAllowed, Unavailable."""
        chart = chart_named(name)
        since, until = period(first, last, self.clock.now().date())
        courses = await courses_of(self.platform, asker, None if course is None else (course,))
        found = {one.day: one for one in await self._days(asker, chart, courses, since, until)}
        hidden = chart.private and not asker.roles & SEES_PERSONS
        points: list[tuple[date, float | None]] = []
        notes: tuple[str, ...] = ()
        for number in range((until - since).days + 1):
            day = since + number * _DAY
            one = found.get(day, DayValue(day, 0))
            if hidden and 0 < one.learners < LEAST_LEARNERS:
                notes = (f"Days on which fewer than {LEAST_LEARNERS} people asked have no value; admins see all.",)
                points.append((day, None))
            else:
                points.append((day, one.value))
        return Drawn(chart, since, until, points, notes)

    async def _days(
        self, asker: Identity, chart: Chart, courses: tuple[str, ...] | None, since: date, until: date
    ) -> Sequence[DayValue]:
        if chart.name != EMBEDDED:
            begin, end = datetime.combine(since, time(), UTC), datetime.combine(until, time.max, UTC)
            wanted = Wanted(asker.tenant, courses, since=begin, until=end + timedelta(microseconds=1))
            return await self.reader.days(chart.name, wanted)
        sums: dict[date, int] = {}
        for course in [None] if courses is None else courses:
            for one in await self.stock.embedded(asker, course, since, until):
                sums[one.day] = sums.get(one.day, 0) + one.chunks
        return [DayValue(day, chunks) for day, chunks in sums.items()]
