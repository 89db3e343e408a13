"""What a kind of job offers: its arguments, who may order it, and its work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from banyan.jobs.domain.job import Estimate, Job
from banyan.jobs.ports.curriculum import LessonFacts
from banyan.kernel.identity import Identity


class Reach(StrEnum):
    """Who may order it: staff of the course in the arguments; an admin or service; they or the person in question.

    view: staff, as far as the desk's `Decide` lets them. clock: nobody, it comes by itself.
    """

    COURSE = "course"
    TENANT = "tenant"
    PERSON = "person"
    VIEW = "view"
    CLOCK = "clock"


class Run(Protocol):
    """One attempt at a job."""

    job: Job
    checkpoint: Mapping[str, Any]
    """What an earlier attempt noted last."""

    async def note(self, done: int, total: int, checkpoint: Mapping[str, Any] | None = None) -> None:
        """Writes down how far the work is; the next attempt begins at `checkpoint`.

        Raises: Stopped where it shall go no further; let it through.
        """
        ...


Work = Callable[[Any, Run, Any], Awaitable[Mapping[str, Any]]]
"""Arguments, the attempt and the tool to a result. Whatever it did since the last note may be done again."""


Decide = Callable[[Identity, Any], Awaitable[Mapping[str, Any]]]
"""Who orders and the arguments to what was decided about them: it is kept with the order, holds when the work is done,
and nobody is shown it. Raises: NotAllowed, NotFound, InvalidInput."""


def _nothing(args: Any, lessons: Sequence[LessonFacts]) -> Estimate:
    return Estimate()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. args: a Struct; `course` in it says for which course the job is, `lesson` for which lesson.

    needs: name of the tool that the work is handed; a process without it leaves the kind to others.
    existing: whether course and lesson must be indexed already. bulky: arguments that nobody is shown.
    every: seconds between two jobs that come by the clock; 0 for none. kept: what the work takes where a `Decide` adds
    to the arguments; nobody can send it.
    """

    summary: str
    args: type[Struct]
    needs: str
    work: Work
    reach: Reach = Reach.COURSE
    existing: bool = False
    bulky: tuple[str, ...] = ()
    every: float = 0
    kept: type[Struct] | None = None
    estimate: Callable[[Any, Sequence[LessonFacts]], Estimate] = _nothing
