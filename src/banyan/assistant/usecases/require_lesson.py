"""Refuses what is about a lesson that nobody has indexed."""

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.kernel.errors import NotFound
from banyan.kernel.identity import Identity
from banyan.kernel.ids import COURSE_WIDE


async def require_lesson(gateway: ModelGateway, asker: Identity, course: str, lesson: str) -> None:
    """Returns when the lesson is there; `COURSE_WIDE` is, where the course is.

    Raises: NotFound (`unknown_course`, `unknown_lesson`), and what the gateway raises.
    """
    lessons = await gateway.lessons(asker, course)
    if not lessons:
        raise NotFound(
            f"There is no course {course!r} here; index it, or choose one from /api/v1/courses.",
            code="unknown_course",
            param="course",
        )
    if lesson != COURSE_WIDE and all(known.lesson != lesson for known in lessons):
        raise NotFound(
            f"Course {course!r} has no lesson {lesson!r}; index it, or choose one from /api/v1/courses/COURSE/lessons.",
            code="unknown_lesson",
            param="lesson",
        )
