"""The routes by which a page shows the courses and lessons that can be asked about."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_TUTOR = within(ANYONE, "tutor")


class CoursesBody(BaseModel):
    """Ids of courses, sorted."""

    courses: list[str]


class LessonRow(BaseModel):
    """A lesson in a course's list. embedded: how many of its chunks have vectors by now."""

    course: str
    lesson: str
    title: str
    chapter: str
    chunks: int
    embedded: int


class LessonsBody(BaseModel):
    """Lessons in course order."""

    lessons: list[LessonRow]


class LessonBody(BaseModel):
    """A lesson's plain text, in which every span is measured, and its blocks in reading order."""

    course: str
    lesson: str
    title: str
    text: str
    version: int
    blocks: list[dict[str, Any]]


def course_routes(services: AssistantServices) -> APIRouter:
    """The routes, over the gateway."""
    router = APIRouter(route_class=RuledRoute, tags=["courses"], prefix="/api/v1/courses")

    @router.get("", openapi_extra=_TUTOR, response_model=CoursesBody, summary="Courses that can be asked about")
    async def courses(asker: Asker) -> Response:
        """Every course that has something indexed."""
        return json_response({"courses": await services.read.courses(asker)})

    @router.get(
        "/{course}/lessons",
        openapi_extra=_TUTOR,
        response_model=LessonsBody,
        summary="The lessons of a course",
    )
    async def lessons(course: Id, asker: Asker) -> Response:
        """The lessons of a course."""
        found = await services.read.lessons(asker, course)
        return json_response({"lessons": [msgspec.to_builtins(lesson) for lesson in found]})

    @router.get(
        "/{course}/lessons/{lesson}",
        openapi_extra=_TUTOR,
        response_model=LessonBody,
        summary="One lesson to read",
    )
    async def lesson(course: Id, lesson: Id, asker: Asker) -> Response:
        """One lesson to read."""
        return json_response(await services.read.lesson(asker, course, lesson))

    return router
