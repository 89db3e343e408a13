"""Shows what is indexed: courses, lessons, their plain text, and the runs that indexed them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from banyan.kernel.errors import InvalidInput, NotFound
from banyan.kernel.ids import COURSE_WIDE
from banyan.proxy.domain.knowledge import Scope
from banyan.proxy.domain.library import Coverage, LessonLine, Run, SourceText
from banyan.proxy.ports.library import LibraryReader

_MOST_RUNS = 200


class Browse:
    """Reads the library for people and programs that look around in it."""

    def __init__(self, library: LibraryReader) -> None:
        self._library = library

    async def courses(self, tenant: str) -> Sequence[str]:
        """Sorted."""
        return await self._library.courses(tenant)

    async def lessons(self, tenant: str, course: str, *, for_learners: bool = False) -> Sequence[LessonLine]:
        """In course order; empty for an unknown course. for_learners: without what is for staff alone."""
        lines = await self._library.lessons(tenant, course, for_learners=for_learners)
        return [line for line in lines if line.lesson != COURSE_WIDE]

    async def coverage(self, tenant: str, course: str | None) -> Sequence[Coverage]:
        """How much of each lesson has vectors; what belongs to a whole course has the lesson ""."""
        found = await self._library.coverage(tenant, course)
        return [replace(one, lesson="") if one.lesson == COURSE_WIDE else one for one in found]

    async def embedded(self, tenant: str, course: str | None, since: date, until: date) -> Sequence[tuple[str, int]]:
        """Chunks that have vectors, by the day of their indexing; both ends are within. Raises: InvalidInput."""
        try:
            begin, end = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
        except OverflowError as error:
            raise InvalidInput("`to` is beyond what there is; write an earlier day.", param="to") from error
        return await self._library.embedded(tenant, course, begin, end)

    async def text(self, scope: Scope) -> SourceText:
        """The plain text in which spans of citations are measured. Raises: NotFound."""
        found = await self._library.text(scope)
        if found is None:
            what = f"{scope.source!r} of lesson {scope.lesson!r}" if scope.source else f"lesson {scope.lesson!r}"
            raise NotFound(f"Nothing is indexed of {what} in course {scope.course!r}; index it first.")
        return found

    async def runs(self, tenant: str, course: str | None = None) -> Sequence[Run]:
        """The latest, newest first."""
        return await self._library.runs(tenant, course, _MOST_RUNS)

    async def run(self, tenant: str, id: str) -> Run:
        """Raises: NotFound."""
        found = await self._library.run(tenant, id)
        if found is None:
            raise NotFound(f"There is no run {id!r}; the list of runs shows those there are.")
        return found
