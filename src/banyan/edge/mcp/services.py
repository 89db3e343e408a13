"""What the tools need, and who calls them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from banyan.assistant.usecases.ask import Ask
from banyan.assistant.usecases.quiz_learner import QuizLearner
from banyan.assistant.usecases.read_courses import ReadCourses
from banyan.assistant.usecases.search_course import SearchCourse
from banyan.kernel.errors import InvalidInput, NotAllowed
from banyan.kernel.identity import Identity

Progress = Callable[[float, str], Awaitable[None]]
"""Told of how far a call is, in characters of the answer, and a sentence."""


@dataclass(frozen=True, slots=True)
class McpServices:
    """The use cases behind the tools, opened; `ask` is entered already."""

    ask: Ask
    read: ReadCourses
    search: SearchCourse
    quiz: QuizLearner


@dataclass(frozen=True, slots=True)
class Caller:
    """course: the only one that the connection is for; "" for all. request_id: for the log."""

    identity: Identity
    course: str = ""
    request_id: str = ""

    def course_of(self, named: str | None) -> str:
        """The course of a call. Raises: InvalidInput, NotAllowed (`course_not_allowed`)."""
        if not (named or self.course):
            raise InvalidInput("Name the course; list_courses shows those there are.", param="course")
        if self.course and named not in (None, self.course):
            raise NotAllowed(
                f"This connection is for course {self.course!r} alone; leave out `course`.",
                code="course_not_allowed",
                param="course",
            )
        return named or self.course
