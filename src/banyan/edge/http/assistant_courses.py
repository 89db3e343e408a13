"""The routes by which a page shows the courses and lessons that can be asked about."""

from dataclasses import replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from banyan.assistant.ports.model_gateway import ModelGateway
from banyan.edge.http.access import ANYONE, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.fields import Id, json_response
from banyan.kernel.errors import NotFound
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
    gateway = services.gateway

    @router.get("", openapi_extra=_TUTOR, response_model=CoursesBody, summary="Courses that can be asked about")
    async def courses(asker: Asker) -> Response:
        """Every course that has something indexed."""
        return json_response({"courses": await _courses(gateway, asker)})

    @router.get(
        "/{course}/lessons",
        openapi_extra=_TUTOR,
        response_model=LessonsBody,
        summary="The lessons of a course",
    )
    async def lessons(course: Id, asker: Asker) -> Response:
        """The lessons of a course."""
        reader = await services.ask.parts.admit.reader(asker, course)
        found = await gateway.lessons(reader, course)
        if not found:
            raise NotFound(
                f"There is no course {course!r} here; choose one from /api/v1/courses.",
                code="unknown_course",
                param="course",
            )
        return json_response({"lessons": [msgspec.to_builtins(lesson) for lesson in found]})

    @router.get(
        "/{course}/lessons/{lesson}",
        openapi_extra=_TUTOR,
        response_model=LessonBody,
        summary="One lesson to read",
    )
    async def lesson(course: Id, lesson: Id, asker: Asker) -> Response:
        """One lesson to read."""
        reader = await services.ask.parts.admit.reader(asker, course)
        found = await gateway.lesson(reader, course, lesson)
        if not reader.is_staff:
            shown = await services.checks.keep.shown(asker.tenant, course, found.text)
            found = replace(found, text=shown)
        return json_response(found)

    return router


async def _courses(gateway: ModelGateway, asker: Identity) -> list[str]:
    grant = asker.grant
    return [course for course in await gateway.courses(asker) if grant is None or grant.allows_course(course)]
