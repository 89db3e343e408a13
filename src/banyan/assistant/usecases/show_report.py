"""Answers a report for whoever may see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from banyan.assistant.domain.report_filters import read_filters, widened
from banyan.assistant.domain.reporting import LEAST_LEARNERS, About, Privacy, Report, Row, Source, Wanted
from banyan.assistant.ports.index_stock import IndexStock
from banyan.assistant.ports.platform import LearningPlatform
from banyan.assistant.ports.report_reader import ReportReader
from banyan.assistant.reports import REPORTS
from banyan.assistant.usecases.require_staff import require_staff
from banyan.kernel.clock import Clock
from banyan.kernel.errors import InvalidInput, NotFound
from banyan.kernel.identity import EVERYWHERE, Identity, Role

SEES_PERSONS = frozenset({Role.ADMIN, Role.SERVICE})


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer. rows: a value for each column. truncated: whether there is more.

    notes: what was left out, and why.
    """

    report: Report
    rows: Sequence[Row]
    truncated: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a caller may see of a report. persons: whether that includes what is kept from whoever is no admin."""

    report: Report
    wanted: Wanted
    persons: bool


def reports() -> list[Report]:
    """All of them, by name."""
    return sorted((REPORTS[name] for name in REPORTS), key=lambda one: one.name)


def report_named(name: str) -> Report:
    """By name or title, in any letters. Raises: NotFound (`unknown_report`)."""
    plain = name.strip().casefold().replace("_", "-")
    found = reports()
    for one in found:
        if plain in (one.name, one.title.casefold()):
            return one
    choices = ", ".join(one.name for one in found)
    raise NotFound(f"There is no report {name[:50]!r}; choose from {choices}.", code="unknown_report")


async def courses_of(
    platform: LearningPlatform, asker: Identity, named: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The courses that the caller may see among the named ones; None for all of the tenant.

    Raises: NotAllowed; InvalidInput (`course_missing`) for instructors, who see their own courses only.
    """
    if named:
        for course in named:
            await require_staff(platform, asker, course)
        return named
    if not asker.roles & EVERYWHERE:
        raise InvalidInput(
            "Say which `course`; instructors see those that they teach.", code="course_missing", param="course"
        )
    granted = None if asker.grant is None else asker.grant.courses
    return None if granted is None else tuple(sorted(granted))


@dataclass(frozen=True, slots=True)
class ShowReport:
    """The use case, for staff. stock: of the index, wherever it is."""

    reader: ReportReader
    stock: IndexStock
    platform: LearningPlatform
    clock: Clock

    async def __call__(self, asker: Identity, name: str, given: Iterable[tuple[str, str]]) -> Shown:
        """given: filters by name. Raises: NotFound, InvalidInput, NotAllowed, Unavailable."""
        return await self.answer(asker, await self.allow(asker, name, given))

    async def allow(self, asker: Identity, name: str, given: Iterable[tuple[str, str]]) -> Allowed:
        """Decides what the caller may see. Raises: as above."""
        report = report_named(name)
        wanted = read_filters(report, asker.tenant, given)
        wanted = replace(wanted, courses=await courses_of(self.platform, asker, wanted.courses))
        return Allowed(report, wanted, bool(asker.roles & SEES_PERSONS))

    async def answer(self, asker: Identity, allowed: Allowed) -> Shown:
        """Shows that and no more, whoever the caller is by now. Raises: Unavailable."""
        report, wanted = allowed.report, allowed.wanted
        exact = report.privacy is Privacy.NAMED or allowed.persons
        notes: tuple[str, ...] = ()
        if not exact:
            wanted, notes = await self._kept_private(report, wanted)
        found = await self._rows(asker, report, wanted)
        truncated = len(found) > report.most
        names = await self._names(wanted.tenant, {row[0] for row in found}) if report.redacted else frozenset()
        rows = report.arrange(found[: report.most], About(names, exact))
        if truncated:
            notes = (*notes, f"Only the first {report.most} rows were read; narrow them down with filters.")
        return Shown(report, rows, truncated, notes)

    async def _rows(self, asker: Identity, report: Report, wanted: Wanted) -> Sequence[Row]:
        if report.source is not Source.INDEX:
            return await self.reader.rows(report, wanted, report.most + 1)
        courses: Sequence[str | None] = [None] if wanted.courses is None else wanted.courses
        found = [one for course in courses for one in await self.stock.coverage(asker, course)]
        return [(one.course, one.lesson, one.chunks, one.embedded) for one in found]

    async def _kept_private(self, report: Report, wanted: Wanted) -> tuple[Wanted, tuple[str, ...]]:
        """What may be shown to those who are no admins, and what is said about the rest."""
        notes: tuple[str, ...] = ()
        if report.privacy is Privacy.GROUPED:
            wanted = widened(wanted, self.clock.now())
            notes = (
                "Only whole weeks that are over are counted (Monday to Sunday, UTC), without those in which fewer than "
                f"{LEAST_LEARNERS} people asked in a course.",
            )
            if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
                return replace(wanted, courses=()), notes
        many = await self.reader.learners(report, wanted)
        enough = tuple(sorted(course for course, count in many.items() if count >= LEAST_LEARNERS))
        if thin := len(many) - len(enough):
            courses = "a course" if thin == 1 else f"{thin} courses"
            notes = (
                *notes,
                f"{courses.capitalize()} with fewer than {LEAST_LEARNERS} people who asked in what the filters select "
                f"{'is' if thin == 1 else 'are'} left out; admins see all.",
            )
        return replace(wanted, courses=enough), notes

    async def _names(self, tenant: str, courses: Iterable[str]) -> frozenset[str]:
        """Of people in the courses."""
        found: set[str] = set()
        for course in courses:
            found.update(await self.platform.names(tenant, course))
        return frozenset(found)
